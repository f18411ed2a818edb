import { asCommandError } from '$lib/backend';

export type Tone = 'ok' | 'warn' | 'bad' | 'info';
export type Toast = {
  id: number;
  tone: Tone;
  title: string;
  detail: string;
  job: string;
  action?: { label: string; run: () => void };
};

const SHOWN_FOR = 8000;
const AT_MOST = 4;
let next = 1;

class Toasts {
  list: Toast[] = $state.raw([]);
}

export const toasts = new Toasts();

/** Shows a short message. Bad news stays until it is dismissed. */
export function notify(
  tone: Tone,
  title: string,
  detail = '',
  extra: Partial<Pick<Toast, 'job' | 'action'>> = {},
): void {
  const id = next++;
  toasts.list = [...toasts.list, { id, tone, title, detail, job: '', ...extra }].slice(-AT_MOST);
  if (tone !== 'bad') setTimeout(() => dismiss(id), SHOWN_FOR);
}

export function dismiss(id: number): void {
  toasts.list = toasts.list.filter((toast) => toast.id !== id);
}

/** Runs a command; a refusal becomes a message. Tells whether it went well. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    const error = asCommandError(thrown);
    if (error.code !== 'cancelled') notify('bad', error.message, error.hint);
    return false;
  }
}

export function asTone(tone: string): Tone {
  if (tone === 'ok' || tone === 'warn' || tone === 'bad') return tone;
  return tone === 'error' ? 'bad' : tone === 'warning' ? 'warn' : 'info';
}
