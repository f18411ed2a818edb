import { expect, it } from 'vitest';
import type { EarningsDayView } from '$lib/backend';
import { byDay, byWeek, earned } from './bars';

const day = (date: string, paid: string): EarningsDayView => ({
  date,
  pending: '0',
  verified: '1',
  paid,
  frames: 1,
  electricity: '2',
});

it('fills the days between', () => {
  const bars = byDay([day('2026-03-01', '5'), day('2026-02-27', '7')]);
  expect(bars.map((bar) => bar.date)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
  expect(bars.map(earned)).toEqual([8n, 0n, 6n]);
  expect(byDay([])).toEqual([]);
});

it('adds up weeks from Monday, and loses nothing', () => {
  const days = [day('2026-03-01', '5'), day('2026-03-02', '7'), day('2026-03-08', '9')];
  const bars = byWeek(days);
  expect(bars.map((bar) => bar.date)).toEqual(['2026-02-23', '2026-03-02']);
  expect(bars.map(earned)).toEqual([6n, 18n]);
  expect(bars.map((bar) => bar.frames)).toEqual([1, 2]);
});
