import { describe, expect, it } from 'vitest';
import { columnsFor, moveInGrid, visibleRows } from './rows';

describe('rows', () => {
  it('draws only what is seen', () => {
    expect(visibleRows(0, 500, 100, 25_000)).toEqual({ first: 0, last: 8 });
    expect(visibleRows(1_000_000, 500, 100, 25_000)).toEqual({ first: 9_997, last: 10_008 });
    expect(visibleRows(99_999_999, 500, 100, 10)).toEqual({ first: 10, last: 10 });
    expect(visibleRows(0, 500, 100, 0)).toEqual({ first: 0, last: 0 });
  });
  it('fits columns', () => {
    expect(columnsFor(660, 156, 12)).toBe(4);
    expect(columnsFor(50, 156, 12)).toBe(1);
  });
});

describe('arrow keys', () => {
  const move = (key: string, at: number, control = false) => moveInGrid(key, at, 10, 4, 2, control);
  it('move', () => {
    expect(move('ArrowRight', 3)).toBe(4);
    expect(move('ArrowLeft', 0)).toBe(0);
    expect(move('ArrowDown', 1)).toBe(5);
    expect(move('ArrowDown', 7)).toBe(9);
    expect(move('ArrowDown', 8)).toBe(8);
    expect(move('ArrowUp', 2)).toBe(2);
    expect(move('Home', 6)).toBe(4);
    expect(move('End', 8)).toBe(9);
    expect(move('End', 0, true)).toBe(9);
    expect(move('PageDown', 1)).toBe(9);
    expect(move('a', 1)).toBeNull();
  });
});
