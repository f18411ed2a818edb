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

/** What the chart spans: so many days up to one. */
export type Span = { until: string; days: number };

/** Every day of the span, and any outside of it that is known, with empty ones where nothing was earned. */
export function byDay(days: EarningsDayView[], span: Span): Bar[] {
  const known = [...days].sort((a, b) => a.date.localeCompare(b.date));
  if (known.length === 0) return [];
  const begin = shift(span.until, 1 - span.days);
  const first = known[0]!.date < begin ? known[0]!.date : begin;
  const end = known[known.length - 1]!.date;
  const last = end > span.until ? end : span.until;
  const bars = new Map<string, Bar>();
  for (let date = first; date <= last; date = shift(date, 1)) bars.set(date, none(date));
  for (const day of known) add(bars, day.date, day);
  return [...bars.values()];
}

/** Weeks begin on Monday. */
export function byWeek(days: EarningsDayView[], span: Span): Bar[] {
  const bars = new Map<string, Bar>();
  for (const day of byDay(days, span)) {
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
