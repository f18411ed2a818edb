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

it('fills the days of the span', () => {
  const bars = byDay([day('2026-03-01', '5'), day('2026-02-27', '7')], { until: '2026-03-01', days: 3 });
  expect(bars.map((bar) => bar.date)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
  expect(bars.map(earned)).toEqual([8n, 0n, 6n]);
  expect(byDay([], { until: '2026-03-01', days: 3 })).toEqual([]);
});

it('keeps a day outside of the span, as another clock may have it', () => {
  const bars = byDay([day('2026-03-02', '5')], { until: '2026-03-01', days: 2 });
  expect(bars.map((bar) => bar.date)).toEqual(['2026-02-28', '2026-03-01', '2026-03-02']);
});

it('adds up weeks from Monday, and loses nothing', () => {
  const days = [day('2026-03-01', '5'), day('2026-03-02', '7'), day('2026-03-08', '9')];
  const bars = byWeek(days, { until: '2026-03-08', days: 8 });
  expect(bars.map((bar) => bar.date)).toEqual(['2026-02-23', '2026-03-02']);
  expect(bars.map(earned)).toEqual([6n, 18n]);
  expect(bars.map((bar) => bar.frames)).toEqual([1, 2]);
});
