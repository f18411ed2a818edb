// Amounts of a coin in US dollars, for people to look at. Whole numbers all the way: a float would round.

import { units } from './money';

const UNITS = 10n ** 18n;
const MICROS = 1_000_000n;

/** `0.1234` dollars as millionths; `null` for what is no price. */
export function micros(usd: string): bigint | null {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(usd);
  if (!match) return null;
  return BigInt(match[1]!) * MICROS + BigInt((match[2] ?? '').padEnd(6, '0'));
}

/** What an amount in the smallest unit of a coin is worth: `$1.23`; `null` when the price is none. */
export function dollars(amount: string | bigint, usd: string): string | null {
  const price = micros(usd);
  if (price === null) return null;
  const value = typeof amount === 'bigint' ? amount : units(amount);
  const sign = value < 0n ? '−' : '';
  const worth = (value < 0n ? -value : value) * price;
  const cent = (UNITS * MICROS) / 100n;
  // Never shows something as nothing.
  if (worth > 0n && worth < cent) return `${sign}$0.01`;
  const cents = (worth + cent / 2n) / cent;
  const whole = (cents / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}$${whole}.${(cents % 100n).toString().padStart(2, '0')}`;
}
