import { expect, it } from 'vitest';
import * as samples from '$lib/backend/mock/samples';
import type { JobRow } from '$lib/backend';
import { inQueue, moved, ordered, past } from './queue';

const row = (id: string, state: JobRow['state'], turn: number | null): JobRow => ({
  ...samples.rows[0]!,
  id,
  state,
  turn,
});
const names = (rows: JobRow[]) => rows.map((one) => one.id).join('');
const rows = [
  row('d', 'complete', 1),
  row('c', 'paused', 9),
  row('x', 'packing', null),
  row('a', 'rendering', 2),
  row('b', 'open', 5),
];

it('what has not ended stands in its turn, and what is not posted at the end', () => {
  expect(names(inQueue(rows))).toBe('abcx');
  expect(names(past(rows))).toBe('d');
});

it('those that are named trade their turns', () => {
  expect(names(inQueue(ordered(rows, ['c', 'a', 'b'])))).toBe('cabx');
  expect(names(inQueue(ordered(rows, ['b', 'a'])))).toBe('bacx');
});

it('moves one and keeps the others in their order', () => {
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
  expect(moved(['a'], 3, 0)).toEqual(['a']);
});
