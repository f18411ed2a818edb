import { unit } from '$lib/state/unit.svelte';
import { duration, number } from '$lib/format';
import { framesCount, plural } from '../plural';

/** What the figure above it is in comes first; without it where nobody pays. */
const noted = (text: string): string => [unit(), text].filter(Boolean).join(', ');

export const earnings = {
  what: 'what was earned',
  facts: (days: number) => `The last ${plural(days, { one: 'day', other: 'days' })}`,
  onChain: 'Paid to your wallet by the market contract',
  strk: 'STRK',
  transaction: 'Transaction',
  copyHash: 'Copy the transaction’s hash',
  export: 'Export CSV',
  exported: 'The table was written',
  openFolder: 'Open folder',
  emptyTitle: 'Nothing earned yet',
  emptyText:
    'Every verified frame that this computer renders for others is paid into your wallet and shows up here.',
  emptyAction: 'Go to Provide',

  pending: 'Pending',
  verified: 'Verified',
  paid: 'Paid',
  refused: 'Refused',
  electricity: 'Electricity',
  pendingNote: (frames: number) => noted(`${framesCount(frames)} being checked`),
  get verifiedNote() {
    return noted('paid with the next settlement');
  },
  paidNote: (frames: number) => `${unit()} for ${framesCount(frames)}`.trim(),
  net: 'After electricity',
  netNote: (cost: string) => noted(`${cost} went into power`),
  netUnknown: 'not known',
  netUnknownNote: 'Say what power costs in Settings',

  chart: 'Earned',
  chartName: (by: 'day' | 'week', bars: number, total: string) =>
    `Chart: earned by ${by}, ${plural(bars, { one: 'bar', other: 'bars' })}, ${total} in all. The same figures are in the table below it.`,
  by: 'Bars',
  day: 'A day',
  week: 'A week',
  span: 'Time',
  spans: { 30: '30 days', 90: '90 days', 365: 'A year' } as Record<number, string>,
  asTable: 'The chart as a table',
  date: 'Date',
  frames: 'Frames',
  weekOf: (date: string) => `Week of ${date}`,

  byJob: 'By job',
  job: 'Job',
  time: 'Time',
  timeOf: (seconds: number) => duration(seconds),
  last: 'Last',
  payouts: (name: string, count: number) =>
    `${plural(count, { one: 'payout', other: 'payouts' })} of ${name}`,
  when: 'When',
  frame: 'Frame',
  wholeJob: 'whole job',
  amount: 'Amount',
  entry: 'Entry',
  entryOf: (entry: string) => `no. ${entry}`,
  noJobs: 'No job in this time.',
  count: (value: number) => number(value),
};
