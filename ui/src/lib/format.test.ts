import { describe, expect, it } from 'vitest';
import { bytes, duration, fileName, moment, percent, shortAddress } from './format';
import { pick } from './locale';

describe('format', () => {
  it('sizes', () => {
    expect(bytes(0)).toBe('0 B');
    expect(bytes(184_300_000)).toBe('184 MB');
    expect(bytes(2_400_000_000)).toBe('2.4 GB');
    expect(bytes(999_900)).toBe('1 MB');
  });
  it('durations', () => {
    expect(duration(0.3)).toBe('0.3 s');
    expect(duration(70)).toBe('70 s');
    expect(duration(240)).toBe('4 min');
    expect(duration(12_000)).toBe('3 h 20 min');
    expect(duration(3600 * 52)).toBe('2 d 4 h');
  });
  it('moments', () => {
    const now = new Date(2026, 2, 3, 21, 0);
    expect(moment(new Date(2026, 2, 3, 23, 10), now)).toBe('today 23:10');
    expect(moment(new Date(2026, 2, 4, 7, 30), now)).toBe('tomorrow 07:30');
    expect(moment(new Date(2026, 2, 2, 7, 5), now)).toBe('yesterday 07:05');
    expect(moment(new Date(2026, 2, 3, 0, 0), now)).toBe('today 00:00');
  });
  it('never says 100 % before the end', () => {
    expect(percent(0.999)).toBe('99 %');
    expect(percent(1)).toBe('100 %');
  });
  it('shortens', () => {
    expect(shortAddress('0x04a1b2c3d4e5f60718293e7')).toBe('0x04a1…93e7');
    expect(fileName('C:\\scenes\\Bowling.blend')).toBe('Bowling.blend');
    expect(fileName('/scenes/Bowling.blend')).toBe('Bowling.blend');
  });
  it('keeps to the language of the texts', () => {
    expect(pick(['de-DE', 'en-US'])).toBe('en-US');
    expect(pick(['de-DE'])).toBe('en-GB');
    expect(pick(['en_US.UTF-8', 'c'])).toBe('en-GB');
  });
});
