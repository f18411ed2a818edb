import type { JobRow } from '$lib/backend';
import { hasEnded } from './states';

/** What has not ended, in the order in which it is rendered; what is not posted yet comes last. */
export function inQueue(rows: JobRow[]): JobRow[] {
  const turn = (row: JobRow) => row.turn ?? Infinity;
  return rows
    .filter((row) => !hasEnded(row.state))
    .sort((a, b) => (turn(a) < turn(b) ? -1 : turn(a) > turn(b) ? 1 : 0));
}

export const past = (rows: JobRow[]): JobRow[] => rows.filter((row) => hasEnded(row.state));

/** The same with one of them somewhere else. */
export function moved<Thing>(list: Thing[], from: number, to: number): Thing[] {
  const rest = list.filter((_, place) => place !== from);
  const thing = list[from];
  return thing === undefined ? list : [...rest.slice(0, to), thing, ...rest.slice(to)];
}

/** The rows with the turns that the order gives them: those that are named trade theirs. */
export function ordered(rows: JobRow[], ids: string[]): JobRow[] {
  const turns = rows
    .filter((row) => ids.includes(row.id))
    .flatMap((row) => row.turn ?? [])
    .sort((a, b) => a - b);
  return rows.map((row) => {
    const place = ids.indexOf(row.id);
    return place < 0 ? row : { ...row, turn: turns[place] ?? row.turn };
  });
}
