import '../styles/font.css';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import { applyRememberedLook } from '$lib/state/theme';
import { mount } from 'svelte';
import App from './App.svelte';
import { takeSessionFromAddress } from './session.svelte';

applyRememberedLook();
takeSessionFromAddress();
mount(App, { target: document.getElementById('app')! });
