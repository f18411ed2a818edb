import { asCommandError, backend, type CommandError, type StorageView } from '$lib/backend';

/** What the stores hold. Asking takes seconds when a node does not answer, so the page shows the settings before. */
export class StorageStore {
  view = $state.raw<StorageView | null>(null);
  error = $state.raw<CommandError | null>(null);
  reading = $state(false);
  #asked = 0;

  async read(): Promise<void> {
    const asked = ++this.#asked;
    this.reading = true;
    try {
      const view = await backend.storage();
      // Only the last question counts: the settings changed since the others.
      if (asked !== this.#asked) return;
      this.view = view;
      this.error = null;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asCommandError(thrown);
    } finally {
      if (asked === this.#asked) this.reading = false;
    }
  }
}
