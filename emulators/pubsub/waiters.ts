/** Lets consumers sleep until something may have become available. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  wake(): void {
    for (const waiter of this.#waiting) waiter();
    this.#waiting.clear();
  }

  /** Resolves with the next wake, at the time `due` in ms, or when the signal aborts. */
  wait(due: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const delay = due === undefined ? undefined : Math.min(Math.max(1, due - Date.now()), 60_000);
      const timer = delay === undefined ? undefined : setTimeout(() => done(), delay);
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }
}
