import type { Backend } from './backend';
import { tauri } from './tauri';
import type { CommandError } from './types';

export type * from './types';
export type { Backend } from './backend';

/** The program behind the window. */
export let backend: Backend = tauri;

/** Under `vite dev` in a plain browser there is no program behind the window; sample data stands in. */
export async function connect(): Promise<void> {
  if (import.meta.env.DEV && !('__TAURI_INTERNALS__' in window)) {
    backend = (await import('./mock')).mock;
  }
}

/** Whatever was thrown, as something that can be shown. */
export function asCommandError(thrown: unknown): CommandError {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) {
    const { code, message, hint } = thrown as Partial<CommandError>;
    return { code: code ?? 'internal', message: String(message), hint: hint ?? '' };
  }
  return { code: 'internal', message: String(thrown), hint: '' };
}
