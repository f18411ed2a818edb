import { describe, expect, it } from 'vitest';
import { chartValue, credits, creditsInput, money, parseCredits } from './money';

const units = (text: string) => parseCredits(text)!;

describe('credits', () => {
  it('shows two decimals', () => {
    expect(credits('18400000000000000000')).toBe('18.40');
    expect(credits('0')).toBe('0.00');
    expect(credits(units('0.84'))).toBe('0.84');
    expect(money(units('18.4'), 'STRK')).toBe('18.40 STRK');
    expect(money(units('18.4'))).toBe('18.40');
  });
  it('rounds and groups', () => {
    expect(credits(units('1234567.895'))).toBe('1,234,567.90');
    expect(credits(units('0.996'))).toBe('1.00');
    expect(credits(-BigInt(units('2.5')))).toBe('−2.50');
  });
  it('never shows something as nothing', () => {
    expect(credits(units('0.005'))).toBe('0.01');
    expect(credits(units('0.0012'))).toBe('0.001');
    expect(credits('1')).toBe('0.000000000000000001');
  });
  it('is exact far beyond what a float holds', () => {
    expect(credits('340282366920938463463374607431768211455')).toBe('340,282,366,920,938,463,463.37');
    expect(creditsInput('90071992547409931')).toBe('0.090071992547409931');
  });
});

describe('what a person types', () => {
  it('is read exactly', () => {
    expect(parseCredits('22')).toBe('22000000000000000000');
    expect(parseCredits(' 0,05 ')).toBe('50000000000000000');
    expect(parseCredits('0.000000000000000001')).toBe('1');
    expect(parseCredits('3.')).toBe('3000000000000000000');
  });
  it('is refused when it is not an amount', () => {
    for (const text of ['', '-1', 'ten', '1e3', '.5', '1.2.3', '0.0000000000000000001', '1 000']) {
      expect(parseCredits(text)).toBeNull();
    }
  });
  it('comes back as it was', () => {
    for (const text of ['0.00', '22.00', '0.05', '1000.125'])
      expect(creditsInput(parseCredits(text)!)).toBe(text);
    expect(creditsInput('')).toBe('');
  });
});

it('gives charts a float', () => {
  expect(chartValue(units('4.62'))).toBeCloseTo(4.62);
});
