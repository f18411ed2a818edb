import '$lib/language-tag';
import './styles/font.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import { backend, connect } from '$lib/backend';
import { applyRememberedLook } from '$lib/state/theme';
import { mount } from 'svelte';
import App from './App.svelte';

applyRememberedLook();
await connect();
mount(App, { target: document.getElementById('app')! });

// The second animation frame begins after the first one was painted.
requestAnimationFrame(() =>
  requestAnimationFrame(() => {
    backend.firstPaint().catch(() => {});
  }),
);
