import { describe, expect, it } from 'vitest';
import { parseFrames } from './frames';

const frames = (text: string) => parseFrames(text).frames;
const error = (text: string) => parseFrames(text).error?.kind;

describe('frames', () => {
  it('reads what people write', () => {
    expect(frames('1-5,9')).toEqual([1, 2, 3, 4, 5, 9]);
    expect(frames(' 3 ')).toEqual([3]);
    expect(frames('-2-1')).toEqual([-2, -1, 0, 1]);
    expect(frames('1-10x4, 5')).toEqual([1, 5, 9]);
    expect(frames('3–5')).toEqual([3, 4, 5]);
  });
  it('says what is wrong', () => {
    expect(error('')).toBe('empty');
    expect(error('a')).toBe('syntax');
    expect(error('1-10x0')).toBe('syntax');
    expect(error('5-1')).toBe('backwards');
    expect(error('9999999999')).toBe('outside');
    expect(error('-1048574-1048574')).toBe('too_many');
  });
});
