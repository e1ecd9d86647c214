/** What one query may cost. */
export interface QueryLimits {
  /** Milliseconds a query may run, 10 minutes by default. */
  readonly timeoutMs: number;
  /** Rows an answer may have, 10 million by default. */
  readonly maxRows: number;
  /** Queries that run at once; more wait. 8 by default. */
  readonly maxConcurrent: number;
  /** Answers that are kept for paging, the newest; 64 by default. */
  readonly maxResults: number;
}

export const DEFAULT_LIMITS: QueryLimits = {
  timeoutMs: 600_000,
  maxRows: 10_000_000,
  maxConcurrent: 8,
  maxResults: 64,
};

/** Lets so many pass at once. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
