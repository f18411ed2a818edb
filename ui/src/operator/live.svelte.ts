// What is shown is asked again every few seconds while somebody looks at it.
import { ApiError, get } from './api';
import type { Page } from './types';

const EVERY = 3000;
/** What the coordinator gives at once. */
const ROWS_AT_MOST = 1000;

export class Live<T> {
  value: T | undefined = $state.raw();
  error: ApiError | null = $state.raw(null);
  /** When the value was true. */
  at: Date | null = $state.raw(null);
  #look: (() => Promise<void>) | null = null;

  /** To be called in an effect; what it gives back stops it. */
  follow(path: string): () => void {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      clearTimeout(timer);
      try {
        const value = document.hidden && this.value !== undefined ? this.value : await get<T>(path);
        if (stopped) return;
        this.value = value;
        this.error = null;
        this.at = new Date();
      } catch (error) {
        if (stopped) return;
        this.error = error instanceof ApiError ? error : new ApiError('unreadable', String(error), '');
      }
      clearTimeout(timer);
      timer = setTimeout(look, EVERY);
    };
    this.#look = look;
    void look();
    return () => {
      stopped = true;
      this.#look = null;
      clearTimeout(timer);
    };
  }

  /** Asks at once: what it shows was just changed. */
  async again(): Promise<void> {
    await this.#look?.();
  }

  /** Nothing is known yet, and nothing went wrong. */
  get loading(): boolean {
    return this.value === undefined && this.error === null;
  }
}

/** A list of which more is shown on demand. */
export class Listed<T> extends Live<Page<T>> {
  limit = $state(200);

  get rows(): T[] {
    return this.value?.items ?? [];
  }

  /** Shows more of it, as long as there is more. */
  get more(): (() => void) | undefined {
    if (!this.value?.next_cursor || this.limit >= ROWS_AT_MOST) return undefined;
    return () => (this.limit = Math.min(this.limit * 2, ROWS_AT_MOST));
  }
}

/** Follows a path for as long as the component lives; `null` follows nothing. */
export function live<T>(path: () => string | null): Live<T> {
  const resource = new Live<T>();
  follow(resource, path, path);
  return resource;
}

/** The same for a list. */
export function listed<T>(path: () => string | null): Listed<T> {
  const resource = new Listed<T>();
  follow(resource, path, () => {
    const list = path();
    return list && `${list}${list.includes('?') ? '&' : '?'}limit=${resource.limit}`;
  });
  return resource;
}

/** `subject` says what it is of: of another, nothing is known at first. */
function follow<T>(resource: Live<T>, subject: () => string | null, path: () => string | null): void {
  let before: string | null = null;
  $effect(() => {
    const now = subject();
    if (now !== before) {
      before = now;
      resource.value = undefined;
      resource.error = null;
    }
    const asked = path();
    return asked === null ? undefined : resource.follow(asked);
  });
}
