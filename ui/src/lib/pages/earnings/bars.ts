// The days of the earnings as bars: one a day or one a week.
import type { EarningsDayView } from '$lib/backend';
import { units } from '$lib/money';

export type Bar = {
  /** First day, `YYYY-MM-DD`. */
  date: string;
  pending: bigint;
  verified: bigint;
  paid: bigint;
  electricity: bigint;
  frames: number;
};

const none = (date: string): Bar => ({
  date,
  pending: 0n,
  verified: 0n,
  paid: 0n,
  electricity: 0n,
  frames: 0,
});

/** Every day from the first to the last, with empty ones where nothing was earned. */
export function byDay(days: EarningsDayView[]): Bar[] {
  const known = [...days].sort((a, b) => a.date.localeCompare(b.date));
  const first = known[0];
  const last = known[known.length - 1];
  if (!first || !last) return [];
  const bars = new Map<string, Bar>();
  for (let date = first.date; date <= last.date; date = shift(date, 1)) bars.set(date, none(date));
  for (const day of known) add(bars, day.date, day);
  return [...bars.values()];
}

/** Weeks begin on Monday. */
export function byWeek(days: EarningsDayView[]): Bar[] {
  const bars = new Map<string, Bar>();
  for (const day of byDay(days)) {
    const monday = shift(day.date, -((new Date(`${day.date}T00:00Z`).getUTCDay() + 6) % 7));
    const bar = bars.get(monday) ?? none(monday);
    bar.pending += day.pending;
    bar.verified += day.verified;
    bar.paid += day.paid;
    bar.electricity += day.electricity;
    bar.frames += day.frames;
    bars.set(monday, bar);
  }
  return [...bars.values()];
}

export const earned = (bar: Bar): bigint => bar.pending + bar.verified + bar.paid;

function add(bars: Map<string, Bar>, date: string, day: EarningsDayView): void {
  const bar = bars.get(date);
  if (!bar) return;
  bar.pending += units(day.pending);
  bar.verified += units(day.verified);
  bar.paid += units(day.paid);
  bar.electricity += units(day.electricity);
  bar.frames += day.frames;
}

function shift(date: string, days: number): string {
  const at = new Date(`${date}T00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}
