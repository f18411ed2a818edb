// Does the history add up? Newest entry first, as the coordinator sends it.
import type { LedgerEntryView } from '$lib/backend';
import { units } from '$lib/money';

export type Sums = {
  /** Balance before the oldest entry that is known. */
  before: bigint;
  incoming: bigint;
  outgoing: bigint;
  /** Balance after the newest entry. */
  after: bigint;
  /** Every entry leads from the balance of the one before it to its own. */
  consistent: boolean;
};

const change = (entry: LedgerEntryView): bigint =>
  entry.incoming ? units(entry.amount) : -units(entry.amount);

export function sumsOf(entries: LedgerEntryView[]): Sums {
  const oldest = entries[entries.length - 1];
  const newest = entries[0];
  if (!oldest || !newest) return { before: 0n, incoming: 0n, outgoing: 0n, after: 0n, consistent: true };
  const of = (incoming: boolean) =>
    entries
      .filter((entry) => entry.incoming === incoming)
      .reduce((sum, entry) => sum + units(entry.amount), 0n);
  const before = units(oldest.balance) - change(oldest);
  let balance = before;
  const consistent = [...entries].reverse().every((entry) => {
    balance += change(entry);
    return balance === units(entry.balance);
  });
  return { before, incoming: of(true), outgoing: of(false), after: units(newest.balance), consistent };
}
