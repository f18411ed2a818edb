import type { FrameStateView, JobStateView } from '$lib/backend';

const RUNNING: JobStateView[] = ['packing', 'pinning', 'funding', 'open', 'rendering', 'verifying'];

export const isRunning = (state: JobStateView): boolean => RUNNING.includes(state);

const ENDED: JobStateView[] = ['complete', 'failed', 'cancelled', 'expired'];

export const hasEnded = (state: JobStateView): boolean => ENDED.includes(state);

/** What is in and stays: verified, or rendered by a computer of one's own. */
export const isDone = (state: FrameStateView): boolean => state === 'verified' || state === 'rendered';

/** Green is for done, red for failed; the rest is under way or waits. */
export function frameTone(state: FrameStateView): string {
  if (isDone(state)) return 'tone-ok';
  return state === 'failed' ? 'tone-bad' : 'muted';
}

/** Green is for verified and paid, red for failed, amber for what wants a look. */
export function stateTone(state: JobStateView): string {
  if (state === 'complete') return 'tone-ok';
  if (state === 'failed' || state === 'expired') return 'tone-bad';
  return state === 'paused' ? 'tone-warn' : '';
}
