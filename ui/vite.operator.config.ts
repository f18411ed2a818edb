// The operators' page, which the coordinator carries inside and serves on its admin listener.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('./src/operator'),
  plugins: [svelte({ configFile: here('./svelte.config.js') })],
  resolve: { alias: { $lib: here('./src/lib'), $messages: here('./src/messages') } },
  clearScreen: false,
  build: {
    outDir: here('./dist-operator'),
    emptyOutDir: true,
    target: ['es2022', 'safari16.4', 'chrome111', 'firefox115'],
    // The page's policy has room for files of its own origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
