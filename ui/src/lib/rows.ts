// Which rows of a long list are worth drawing. All rows have the same height, so no measuring is needed and a
// hundred thousand cells cost as much as fifty.

export type Window = { first: number; last: number };

/** Rows `first..last` (last not included) that a view of `height` pixels shows, with some to spare on both sides. */
export function visibleRows(scrolled: number, height: number, row: number, rows: number, spare = 3): Window {
  if (row <= 0 || rows <= 0) return { first: 0, last: 0 };
  const first = Math.min(rows, Math.max(0, Math.floor(scrolled / row) - spare));
  const last = Math.max(first, Math.min(rows, Math.ceil((scrolled + height) / row) + spare));
  return { first, last };
}

/** How many cells of at least `cell` pixels fit beside each other. */
export function columnsFor(width: number, cell: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (cell + gap)));
}

/** Where the arrow keys lead in a grid of `count` cells; `null` for other keys. */
export function moveInGrid(
  key: string,
  at: number,
  count: number,
  columns: number,
  page: number,
  control: boolean,
): number | null {
  const rowStart = at - (at % columns);
  const moves: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - columns < 0 ? at : at - columns,
    ArrowDown: at + columns >= count ? Math.min(count - 1, lastRowMove(at, count, columns)) : at + columns,
    Home: control ? 0 : rowStart,
    End: control ? count - 1 : rowStart + columns - 1,
    PageUp: at - columns * page,
    PageDown: at + columns * page,
  };
  const to = moves[key];
  return to === undefined ? null : Math.max(0, Math.min(count - 1, to));
}

// Down from the last but one row goes to the last cell when the row below is too short; on the last row it stays.
function lastRowMove(at: number, count: number, columns: number): number {
  const rowOf = (cell: number) => Math.floor(cell / columns);
  return rowOf(at) < rowOf(count - 1) ? count - 1 : at;
}
