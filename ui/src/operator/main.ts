import '../styles/font.css';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { takeSessionFromAddress } from './session.svelte';

takeSessionFromAddress();
mount(App, { target: document.getElementById('app')! });
