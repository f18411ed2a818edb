// Which frames to render: `1-5,9,20-30x5`. The same rules as crates/core/src/frames.rs.

export const FRAME_MIN = -1_048_574;
export const FRAME_MAX = 1_048_574;
export const FRAMES_AT_MOST = 100_000;

type Range = { first: number; last: number; step: number };

export type FramesError =
  | { kind: 'empty' }
  | { kind: 'syntax'; text: string }
  | { kind: 'backwards'; first: number; last: number }
  | { kind: 'outside'; frame: number }
  | { kind: 'too_many' };

export type FramesResult = { frames: number[]; error: null } | { frames: null; error: FramesError };

/** The frames of a text, ascending and without repeats. */
export function parseFrames(text: string): FramesResult {
  const ranges: Range[] = [];
  for (const part of text.split(/[,\s]+/).filter((part) => part !== '')) {
    const range = parseRange(part);
    if ('kind' in range) return { frames: null, error: range };
    ranges.push(range);
  }
  if (ranges.length === 0) return { frames: null, error: { kind: 'empty' } };
  const frames = new Set<number>();
  for (const { first, last, step } of ranges) {
    for (let frame = first; frame <= last; frame += step) {
      frames.add(frame);
      if (frames.size > FRAMES_AT_MOST) return { frames: null, error: { kind: 'too_many' } };
    }
  }
  return { frames: [...frames].sort((a, b) => a - b), error: null };
}

function parseRange(part: string): Range | FramesError {
  const match = /^(-?\d+)(?:[-–](-?\d+))?(?:x(\d+))?$/.exec(part);
  const step = match?.[3] === undefined ? 1 : Number(match[3]);
  if (!match || step < 1) return { kind: 'syntax', text: part };
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  for (const frame of [first, last]) {
    if (frame < FRAME_MIN || frame > FRAME_MAX) return { kind: 'outside', frame };
  }
  return last < first ? { kind: 'backwards', first, last } : { first, last, step };
}
