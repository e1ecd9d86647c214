/** Time as transactions measure it; tests bring their own. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /**
   * Calls back once after so many milliseconds. Returns what cancels it.
   * @param background the process may end before.
   */
  after(milliseconds: number, run: () => void, background?: boolean): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, run, background = false) {
    const timer = setTimeout(run, milliseconds);
    if (background) timer.unref();
    return () => clearTimeout(timer);
  },
};
