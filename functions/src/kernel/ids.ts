import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Encodes a whole number as `length` Crockford base-32 characters. */
function encode(value: number, length: number): string {
  let text = '';
  for (let rest = value, i = 0; i < length; i++, rest = Math.floor(rest / 32))
    text = ALPHABET[rest % 32] + text;
  return text;
}

/** Makes ids. Ids of one source sort by the order they were made, even within one millisecond. */
export interface IdSource {
  /** A ULID (https://github.com/ulid/spec): 48 bits of milliseconds, then 71 random ones, 26 characters. */
  ulid(): string;
  /** A prefixed, sortable record id such as `con_01J…`. */
  next(prefix: string): string;
}

/** @param now milliseconds since the epoch */
export function createIdSource(now: () => number = Date.now): IdSource {
  let lastTime = -1;
  let prefix = '';
  let high = 0;
  let low = 0;
  // Random bytes cost a system call, so they are taken many at a time.
  let pool = Buffer.alloc(0);
  let used = 0;
  const ulid = (): string => {
    const time = now();
    if (time > lastTime) {
      lastTime = time;
      prefix = encode(time, 10);
      if (used + 10 > pool.length) {
        pool = randomBytes(4096);
        used = 0;
      }
      // The top bit stays clear, so that counting up within a millisecond cannot overflow.
      high = pool.readUIntBE(used, 5) & 0x7fffffff;
      low = pool.readUIntBE(used + 5, 5);
      used += 10;
    } else {
      low += 1 + (low & 0xff);
      if (low > 0xffffffffff) {
        low = randomBytes(4).readUInt32BE();
        high += 1;
      }
    }
    return prefix + encode(high, 8) + encode(low, 8);
  };
  return { ulid, next: (idPrefix) => `${idPrefix}_${ulid()}` };
}
