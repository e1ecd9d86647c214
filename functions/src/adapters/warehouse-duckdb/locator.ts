const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID = /(?:^|_)([0-7][0-9A-HJKMNP-TV-Z]{9})[0-9A-HJKMNP-TV-Z]{16}$/;

/**
 * A number that leads to a record's row: the milliseconds in its ULID, or a hash of an id that is none.
 * Many records may share one; it narrows a search and never decides it.
 */
export function locate(id: string): number {
  const time = ULID.exec(id)?.[1];
  let value = 0;
  if (time) for (const digit of time) value = value * 32 + ALPHABET.indexOf(digit);
  // 32-bit FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/).
  else
    for (let i = 0; i < id.length; i++)
      value = Math.imul((i === 0 ? 0x811c9dc5 : value) ^ id.charCodeAt(i), 0x01000193);
  return value;
}

/** A condition on locators that lets DuckDB skip whatever cannot hold one of these ids. */
export function within(ids: readonly string[]): string {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const id of ids) {
    const locator = locate(id);
    low = Math.min(low, locator);
    high = Math.max(high, locator);
  }
  return low <= high ? `BETWEEN ${low} AND ${high}` : 'IS NULL';
}
