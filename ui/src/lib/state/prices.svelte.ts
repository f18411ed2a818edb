import { backend, type PriceView } from '$lib/backend';

/** The program keeps a price for as long; asking oftener would tell nothing new. */
const EVERY = 15_000;

/** What coins cost, asked only while an amount in coins is on the page. */
class Prices {
  list: PriceView[] = $state.raw([]);
  #watchers = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  of(symbol: string): PriceView | undefined {
    return this.list.find((price) => price.symbol === symbol);
  }

  /** Asks now and then until the answer is called. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) {
      void this.#read();
      this.#timer = setInterval(() => void this.#read(), EVERY);
    }
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#watchers -= 1;
      if (this.#watchers === 0) clearInterval(this.#timer);
    };
  }

  /** Without an answer amounts stand alone, and nobody is told: they are right without it. */
  async #read(): Promise<void> {
    try {
      this.list = await backend.prices();
    } catch {
      this.list = [];
    }
  }
}

export const prices = new Prices();
