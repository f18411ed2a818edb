// Which cells are chosen: one active cell, and a set that shift and ctrl make larger. Places, not frame numbers.

export class Selection {
  /** The cell that the arrow keys move. */
  active = $state(0);
  chosen: ReadonlySet<number> = $state.raw(new Set([0]));
  #anchor = 0;

  /** Chooses one cell. */
  only(place: number): void {
    this.active = place;
    this.#anchor = place;
    this.chosen = new Set([place]);
  }

  /** Chooses everything from the anchor to here. */
  through(place: number): void {
    this.active = place;
    const [first, last] = place < this.#anchor ? [place, this.#anchor] : [this.#anchor, place];
    this.chosen = new Set(Array.from({ length: last - first + 1 }, (_, step) => first + step));
  }

  /** Adds a cell or takes it away. */
  toggle(place: number): void {
    const next = new Set(this.chosen);
    if (!next.delete(place) || next.size === 0) next.add(place);
    this.active = place;
    this.#anchor = place;
    this.chosen = next;
  }

  all(count: number): void {
    this.chosen = new Set(Array.from({ length: count }, (_, place) => place));
  }
}
