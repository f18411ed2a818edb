import { expect, it } from 'vitest';
import type { LedgerEntryView } from '$lib/backend';
import { sumsOf } from './sums';

const entry = (seq: number, incoming: boolean, amount: string, balance: string): LedgerEntryView => ({
  seq: String(seq),
  at: '2026-03-03T21:04:00Z',
  text: '',
  incoming,
  amount,
  balance,
  job: '',
});

it('adds up', () => {
  const all = [entry(3, true, '2', '72'), entry(2, false, '30', '70'), entry(1, true, '100', '100')];
  expect(sumsOf(all)).toEqual({ before: 0n, incoming: 102n, outgoing: 30n, after: 72n, consistent: true });
  expect(sumsOf(all.slice(0, 2))).toEqual({
    before: 100n,
    incoming: 2n,
    outgoing: 30n,
    after: 72n,
    consistent: true,
  });
  expect(sumsOf([])).toMatchObject({ after: 0n, consistent: true });
});

it('notices when it does not', () => {
  expect(sumsOf([entry(2, false, '30', '71'), entry(1, true, '100', '100')]).consistent).toBe(false);
});
