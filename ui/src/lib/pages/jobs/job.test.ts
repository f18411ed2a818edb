import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FrameCell, JobView } from '$lib/backend';

const asked = vi.hoisted(() => ({
  job: vi.fn<(id: string) => Promise<unknown>>(),
  jobFrames: vi.fn<(id: string) => Promise<unknown>>(),
}));
vi.mock('$lib/backend', () => ({ backend: asked, asCommandError: (thrown: unknown) => thrown }));

import { Job } from './job.svelte';

const view = (id: string) => ({ row: { id, frames_total: 2 } }) as unknown as JobView;
const cell = (frame: number, state: string) => ({ frame, state }) as unknown as FrameCell;
const states = (job: Job) => job.cells.map(({ state }) => state);

/** An answer that comes when it is told to. */
function held<T>() {
  let give: (answer: T) => void = () => undefined;
  const answer = new Promise<T>((resolve) => (give = resolve));
  return { answer, give };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('a job that changes while it is read', () => {
  beforeEach(() => vi.resetAllMocks());

  it('keeps what an event told before the older answer came', async () => {
    const frames = held<FrameCell[]>();
    asked.job.mockResolvedValue(view('7'));
    asked.jobFrames.mockReturnValue(frames.answer);
    const job = new Job('7');
    const reading = job.read();
    await settled();
    job.hear({ type: 'frames', data: { job: '7', cells: [cell(2, 'verified')] } });
    frames.give([cell(1, 'verified'), cell(2, 'rendering')]);
    await reading;
    expect(states(job)).toEqual(['verified', 'verified']);
  });

  it('keeps the page when it cannot be read anew', async () => {
    asked.job.mockResolvedValueOnce(view('7')).mockRejectedValue(new Error('away'));
    asked.jobFrames.mockResolvedValue([cell(1, 'verified')]);
    const job = new Job('7');
    await job.read();
    await job.read();
    expect(job.error).toBeNull();
    expect(states(job)).toEqual(['verified']);
  });

  it('reads again when a draft gets its name and its frames while the draft is read', async () => {
    const first = held<JobView>();
    asked.job.mockReturnValueOnce(first.answer).mockResolvedValue(view('7'));
    asked.jobFrames
      .mockResolvedValueOnce([cell(1, 'waiting'), cell(2, 'waiting')])
      .mockResolvedValue([cell(1, 'verified'), cell(2, 'verified')]);
    const job = new Job('draft-1');
    const reading = job.read();
    job.hear({ type: 'frames', data: { job: '7', cells: [cell(1, 'verified'), cell(2, 'verified')] } });
    first.give(view('draft-1'));
    await reading;
    expect(states(job)).toEqual(['verified', 'verified']);
    expect(asked.job).toHaveBeenCalledTimes(2);
  });
});
