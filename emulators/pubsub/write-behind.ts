import type { Store } from './store.ts';

/** Milliseconds until an acknowledgement is written, which it shares with all others of that time. */
const WRITE_DELAY = 20;
/** Milliseconds until what was written is synced, unless a publish does so before. */
const SYNC_DELAY = 500;

/** Writes what the store was given for later soon, and syncs it a little later. */
export class WriteBehind {
  readonly #store: Store;
  #writeTimer: NodeJS.Timeout | undefined;
  #syncTimer: NodeJS.Timeout | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  soon(): void {
    this.#writeTimer ??= setTimeout(() => {
      this.#writeTimer = undefined;
      this.#flush(false);
    }, WRITE_DELAY);
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      this.#flush(true);
    }, SYNC_DELAY);
  }

  stop(): void {
    clearTimeout(this.#writeTimer);
    clearTimeout(this.#syncTimer);
  }

  #flush(sync: boolean): void {
    try {
      this.#store.flush({ sync });
    } catch {
      // The disk may be full: what was acknowledged stays pending, and the next publish reports the error.
      this.soon();
    }
  }
}
