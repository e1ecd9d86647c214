/** Remembers answers for a short time, so that the same token is not looked up for every request. */
export interface ExpiringCache<T> {
  get(key: string, load: () => Promise<T>): Promise<T>;
  delete(key: string): void;
}

/**
 * @param ttlMs how long an answer may be out of date
 * @param maxEntries oldest entries leave first
 */
export function createExpiringCache<T>(
  now: () => number,
  ttlMs: number,
  maxEntries = 10_000,
): ExpiringCache<T> {
  const entries = new Map<string, { value: Promise<T>; until: number }>();
  return {
    get: (key, load) => {
      const known = entries.get(key);
      if (known && known.until > now()) return known.value;
      const value = load();
      entries.delete(key);
      entries.set(key, { value, until: now() + ttlMs });
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
      // A failed look-up is not an answer.
      value.catch(() => entries.delete(key));
      return value;
    },
    delete: (key) => void entries.delete(key),
  };
}
