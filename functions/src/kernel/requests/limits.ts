import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../errors.ts';

export interface Limit {
  readonly points: number;
  readonly seconds: number;
}

/** What one principal may do by default in each second: far above any person, below what would starve others. */
export const DEFAULT_LIMIT: Limit = { points: 20_000, seconds: 1 };

/** Counts calls by key. Counters live in one process: with several instances the effective limit is theirs together. */
export interface Limiter {
  /** Counts one call; throws `rate_limited`. Resolves the `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers). */
  take(name: string, key: string, limit: Limit): Promise<Record<string, string>>;
}

export function createLimiter(): Limiter {
  const limiters = new Map<string, RateLimiterMemory>();
  return {
    take: async (name, key, limit) => {
      let limiter = limiters.get(name);
      if (!limiter) {
        limiter = new RateLimiterMemory({ points: limit.points, duration: limit.seconds });
        limiters.set(name, limiter);
      }
      try {
        return headers(limit, await limiter.consume(key));
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
        throw new Problem('rate_limited', `Try again in ${seconds} s.`, { retryAfter: seconds });
      }
    },
  };
}

const headers = (limit: Limit, state: RateLimiterRes): Record<string, string> => ({
  'ratelimit-limit': String(limit.points),
  'ratelimit-remaining': String(Math.max(0, state.remainingPoints)),
  'ratelimit-reset': String(Math.ceil(state.msBeforeNext / 1000)),
});
