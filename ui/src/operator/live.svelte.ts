// What is shown is asked again every few seconds while somebody looks at it.
import { ApiError, get } from './api';

const EVERY = 3000;

export class Live<T> {
  value: T | undefined = $state.raw();
  error: ApiError | null = $state.raw(null);
  /** When the value was true. */
  at: Date | null = $state.raw(null);

  /** To be called in an effect; what it gives back stops it. */
  follow(path: string): () => void {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
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
      timer = setTimeout(look, EVERY);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }
}

/** Follows a path for as long as the component lives; `null` follows nothing. */
export function live<T>(path: () => string | null): Live<T> {
  const resource = new Live<T>();
  let before: string | null = null;
  $effect(() => {
    const now = path();
    if (now !== before) {
      before = now;
      resource.value = undefined;
      resource.error = null;
    }
    return now === null ? undefined : resource.follow(now);
  });
  return resource;
}
