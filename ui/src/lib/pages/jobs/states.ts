import type { JobStateView } from '$lib/backend';

const RUNNING: JobStateView[] = ['packing', 'pinning', 'funding', 'open', 'rendering', 'verifying'];

export const isRunning = (state: JobStateView): boolean => RUNNING.includes(state);

/** Green is for verified and paid, red for failed, amber for what wants a look. */
export function stateTone(state: JobStateView): string {
  if (state === 'complete') return 'tone-ok';
  if (state === 'failed' || state === 'expired') return 'tone-bad';
  return state === 'paused' ? 'tone-warn' : '';
}
