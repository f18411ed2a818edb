/**
 * Reads one at a time. A call that comes while it reads makes it read once more afterwards: the answer on its way may
 * not know what the call is about.
 */
export class Rereading {
  #again = false;
  running = false;

  constructor(readonly read: () => Promise<void>) {}

  async run(): Promise<void> {
    this.#again = true;
    if (this.running) return;
    this.running = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.read();
      }
    } finally {
      this.running = false;
    }
  }
}
