// One job and its frames, kept up to date by events. The cells are a plain array: a hundred thousand of them
// would be slow as reactive objects, so a counter tells the grid when to look again.
import {
  asCommandError,
  backend,
  type AppEvent,
  type CommandError,
  type FrameCell,
  type FrameView,
  type JobView,
} from '$lib/backend';
import { Rereading } from '$lib/rereading';

export class Job {
  view: JobView | null = $state.raw(null);
  error: CommandError | null = $state.raw(null);
  /** Counts the changes of `cells`. */
  version = $state(0);
  /** The frame in the side panel. */
  detail: FrameView | null = $state.raw(null);
  detailError: CommandError | null = $state.raw(null);

  cells: FrameCell[] = [];
  cellsRead = $state(false);
  #place = new Map<number, number>();
  /** The job's id, and the one it had before it was posted. */
  #names: Set<string>;
  #asked = 0;
  /** While the job is read: the cells that events told of, which may be newer than the answer. */
  #heard: FrameCell[] | null = null;
  #reading = new Rereading(() => this.#readOnce());

  constructor(readonly id: string) {
    this.#names = new Set([id]);
  }

  read(): Promise<void> {
    return this.#reading.run();
  }

  /** Only what stands around the frames. What is on the page stays there without an answer. */
  async look(): Promise<void> {
    try {
      this.#take(await backend.job(this.id));
    } catch {
      // Asked again soon.
    }
  }

  async #readOnce(): Promise<void> {
    const heard: FrameCell[] = [];
    this.#heard = heard;
    try {
      this.#take(await backend.job(this.id));
      this.#setCells(await backend.jobFrames(this.id));
      // Events come in the order of what happened, so the last one is right in the end, whichever answer was first.
      this.#merge(heard);
      this.error = null;
    } catch (thrown) {
      // What is on the page already stays there: the next event asks again.
      if (!this.cellsRead) this.error = asCommandError(thrown);
    } finally {
      this.#heard = null;
    }
  }

  hear(event: AppEvent): void {
    if (event.type === 'job') {
      if (this.#names.has(event.data.row.id)) {
        const before = this.view?.row.frames_total ?? 0;
        this.#take(event.data);
        if (event.data.row.frames_total !== before || this.cells.length === 0) void this.read();
      } else if (this.#isDraft()) {
        // An event of an unknown job may be about this one, which just got its name.
        void this.read();
      }
    } else if (event.type === 'frames') {
      if (this.#names.has(event.data.job)) {
        this.#heard?.push(...event.data.cells);
        this.#merge(event.data.cells);
      } else if (this.#isDraft()) void this.read();
    }
  }

  cellOf(frame: number): FrameCell | undefined {
    const place = this.#place.get(frame);
    return place === undefined ? undefined : this.cells[place];
  }

  placeOf(frame: number): number {
    return this.#place.get(frame) ?? -1;
  }

  async readDetail(frame: number): Promise<void> {
    const asked = ++this.#asked;
    try {
      const detail = await backend.frame(this.id, frame);
      if (asked !== this.#asked) return;
      this.detail = detail;
      this.detailError = null;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.detail = null;
      this.detailError = asCommandError(thrown);
    }
  }

  #take(view: JobView): void {
    this.view = view;
    this.#names.add(view.row.id);
  }

  #isDraft(): boolean {
    return this.view?.row.id.startsWith('draft-') ?? this.id.startsWith('draft-');
  }

  #setCells(cells: FrameCell[]): void {
    this.cells = cells;
    this.#place = new Map(cells.map((cell, place) => [cell.frame, place]));
    this.cellsRead = true;
    this.version += 1;
  }

  #merge(changed: FrameCell[]): void {
    for (const cell of changed) {
      const place = this.#place.get(cell.frame);
      if (place !== undefined) this.cells[place] = cell;
      // Progress comes often and says all there is to say; a new state is read in full by the page.
      if (this.detail?.cell.frame === cell.frame) this.detail = { ...this.detail, cell };
    }
    this.version += 1;
  }
}
