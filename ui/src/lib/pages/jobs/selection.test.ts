import { expect, it } from 'vitest';
import { Selection } from './selection.svelte';

const chosen = (selection: Selection) => [...selection.chosen].sort((a, b) => a - b);

it('chooses ranges as file lists do', () => {
  const selection = new Selection();
  selection.only(4);
  selection.through(6);
  expect(chosen(selection)).toEqual([4, 5, 6]);
  selection.through(2);
  expect(chosen(selection)).toEqual([2, 3, 4]);
  selection.toggle(9);
  expect(chosen(selection)).toEqual([2, 3, 4, 9]);
  selection.toggle(3);
  expect(chosen(selection)).toEqual([2, 4, 9]);
  selection.only(1);
  selection.toggle(1);
  expect(chosen(selection)).toEqual([1]);
  selection.all(3);
  expect(chosen(selection)).toEqual([0, 1, 2]);
});
