import { describe, expect, it } from 'vitest';
import { fit, withExposure, zoomAt } from './view';

describe('view', () => {
  it('fits the whole picture into the middle', () => {
    expect(fit({ width: 200, height: 100 }, { width: 400, height: 400 })).toEqual({ scale: 2, x: 0, y: 100 });
  });
  it('keeps what is under the pointer there', () => {
    const before = { scale: 1, x: 10, y: 20 };
    const after = zoomAt(before, 2, 110, 70);
    expect((110 - after.x) / after.scale).toBeCloseTo((110 - before.x) / before.scale);
    expect((70 - after.y) / after.scale).toBeCloseTo((70 - before.y) / before.scale);
  });
  it('has limits', () => {
    expect(zoomAt({ scale: 30, x: 0, y: 0 }, 10, 0, 0).scale).toBe(32);
  });
});

it('replaces the exposure in an address', () => {
  const base = 'frame://localhost/j/3/full';
  expect(withExposure(base, 1)).toBe(`${base}?exposure=1`);
  expect(withExposure(`${base}?v=2`, -0.5)).toBe(`${base}?v=2&exposure=-0.5`);
  expect(withExposure(`${base}?exposure=0`, 2)).toBe(`${base}?exposure=2`);
  expect(withExposure(`${base}?exposure=0&v=2`, 2)).toBe(`${base}?v=2&exposure=2`);
  expect(withExposure('', 2)).toBe('');
});
