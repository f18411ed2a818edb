import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte()],
  // Tauri serves the files from its own root; relative addresses work there and under a plain file server.
  base: './',
  resolve: {
    alias: {
      $lib: fileURLToPath(new URL('./src/lib', import.meta.url)),
      $messages: fileURLToPath(new URL('./src/messages', import.meta.url)),
    },
  },
  clearScreen: false,
  server: { port: 1420, strictPort: true, host: '127.0.0.1' },
  build: {
    // What WebKitGTK, WKWebView and WebView2 of the supported systems understand.
    target: ['es2022', 'safari16.4', 'chrome111'],
    // The content security policy of the window has no room for data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  test: { include: ['src/**/*.test.ts'] },
});
