import { describe, expect, it } from 'vitest';
import { dollars, micros } from './fiat';
import { parseCredits } from './money';

const units = (text: string) => parseCredits(text)!;

describe('dollars', () => {
  it('multiplies to the cent', () => {
    expect(dollars(units('10'), '0.1234')).toBe('$1.23');
    expect(dollars(units('1'), '3012.555')).toBe('$3,012.56');
    expect(dollars(units('1000000'), '0.1')).toBe('$100,000.00');
    expect(dollars('0', '0.1234')).toBe('$0.00');
    expect(dollars(-BigInt(units('2')), '1.5')).toBe('−$3.00');
  });
  it('does not lose digits that a float has not', () => {
    expect(dollars(units('90071992547409.93'), '1')).toBe('$90,071,992,547,409.93');
  });
  it('never shows something as nothing', () => {
    expect(dollars('1', '0.1234')).toBe('$0.01');
  });
  it('has no answer without a price', () => {
    for (const usd of ['', 'NaN', '-1', '1e3', '1.', '.5', '0.1234567', 'Infinity']) {
      expect(dollars(units('1'), usd)).toBeNull();
    }
    expect(micros('0.1')).toBe(100_000n);
  });
});
