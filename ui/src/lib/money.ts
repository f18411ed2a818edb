// Money is a decimal string of the smallest unit; 10^18 of them are one credit. Never a float.

import { unit } from './state/unit.svelte';

const UNITS = 10n ** 18n;
const DECIMALS = 18;

/** `18400000000000000000` as a number of units; nothing that is not digits passes. */
export function units(text: string): bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : 0n;
}

/**
 * Two decimals, rounded; an amount below one hundredth keeps as many as it takes to show that it is not nothing.
 */
export function credits(amount: string | bigint): string {
  const value = typeof amount === 'bigint' ? amount : units(amount);
  const negative = value < 0n;
  const size = negative ? -value : value;
  const decimals = decimalsFor(size);
  const step = 10n ** BigInt(DECIMALS - decimals);
  const rounded = (size + step / 2n) / step;
  const scale = 10n ** BigInt(decimals);
  const whole = groupThousands((rounded / scale).toString());
  const fraction = (rounded % scale).toString().padStart(decimals, '0');
  return `${negative ? '−' : ''}${whole}.${fraction}`;
}

function decimalsFor(size: bigint): number {
  if (size === 0n || size >= UNITS / 200n) return 2;
  const first = DECIMALS - size.toString().length + 1;
  return Math.min(DECIMALS, first);
}

function groupThousands(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `18.40 credits`; the bare number where nothing is paid in. */
export function money(amount: string | bigint, of = unit()): string {
  return of === '' ? credits(amount) : `${credits(amount)} ${of}`;
}

/** What a person typed, in the smallest unit; `null` when it is not an amount. A comma counts as the point. */
export function parseCredits(text: string): string | null {
  const match = /^(\d{1,20})(?:[.,](\d{0,18}))?$/.exec(text.trim());
  if (!match) return null;
  return (BigInt(match[1]!) * UNITS + BigInt((match[2] ?? '').padEnd(DECIMALS, '0'))).toString();
}

/** An amount for a text field: no grouping, exact, at least two decimals. */
export function creditsInput(amount: string): string {
  if (amount === '') return '';
  const value = units(amount);
  const fraction = (value % UNITS).toString().padStart(DECIMALS, '0').replace(/0+$/, '').padEnd(2, '0');
  return `${value / UNITS}.${fraction}`;
}

/** Credits as a float, for lengths of bars in a chart and nothing else. */
export function chartValue(amount: string | bigint): number {
  const value = typeof amount === 'bigint' ? amount : units(amount);
  return Number(value / 10n ** 12n) / 1e6;
}
