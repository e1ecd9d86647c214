import { createHash } from 'node:crypto';

/** `google.firestore.v1.BloomFilter`. */
export interface BloomFilter {
  bits: { bitmap: Buffer; padding: number };
  hashCount: number;
}

/** About one name in a hundred that is not in the filter seems to be. */
const BITS_A_NAME = 10;
const HASHES = 7;

/**
 * A set of names that may hold a few more. Of the MD5 of a name the first and the last eight bytes, little-endian,
 * are h1 and h2; the i-th of its bits is (h1 + i * h2) mod 2^64 mod the number of bits, counted from the lowest bit of
 * the first byte (`bloom_filter.proto` of google.firestore.v1).
 */
export function bloomFilter(names: readonly string[]): BloomFilter {
  const size = names.length * BITS_A_NAME;
  const bitmap = Buffer.alloc(Math.ceil(size / 8));
  for (const name of names) {
    const hash = createHash('md5').update(name).digest();
    const [h1, h2] = [hash.readBigUInt64LE(0), hash.readBigUInt64LE(8)];
    for (let i = 0n; i < HASHES; i++) {
      const bit = Number(BigInt.asUintN(64, h1 + i * h2) % BigInt(size));
      bitmap[bit >> 3] = (bitmap[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return { bits: { bitmap, padding: bitmap.length * 8 - size }, hashCount: size === 0 ? 0 : HASHES };
}
