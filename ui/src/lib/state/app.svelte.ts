// What the whole window knows: the status strip, what hangs over the window, the file to open, the settings.
import { backend, type AppEvent, type SettingsView, type StatusView } from '$lib/backend';
import { applyTheme } from './theme';
import { currency } from './unit.svelte';

type Listener = (event: AppEvent) => void;
const listeners = new Set<Listener>();

class WindowState {
  status: StatusView | null = $state.raw(null);
  /** Names of the files that hang over the window. */
  dragged: string[] | null = $state.raw(null);
  /** A file that Create shall open; Create takes it. */
  toOpen: string | null = $state.raw(null);
}

export const app = new WindowState();

/** Calls `listener` with every event until the returned function is called. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function openScene(path: string): void {
  app.dragged = null;
  app.toOpen = path;
  location.hash = '#/create';
}

function takeStatus(status: StatusView): void {
  app.status = status;
  currency.name = status.unit;
}

function take(event: AppEvent): void {
  switch (event.type) {
    case 'status':
      takeStatus(event.data);
      break;
    case 'drag_enter':
      app.dragged = event.data.names;
      break;
    case 'drag_leave':
      app.dragged = null;
      break;
    case 'open_file':
      openScene(event.data.path);
      break;
  }
  for (const listener of listeners) listener(event);
}

/** Starts listening, reads the first state. Errors here are shown by the pages, which ask again. */
export function start(): () => void {
  const stop = backend.onEvent(take);
  backend.status().then(
    (status) => app.status === null && takeStatus(status),
    () => {},
  );
  backend.settings().then(
    (settings: SettingsView) => applyTheme(settings.theme),
    () => {},
  );
  backend.startupFile().then(
    (path) => path !== null && openScene(path),
    () => {},
  );
  return stop;
}
