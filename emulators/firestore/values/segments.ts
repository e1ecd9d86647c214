import { ByteWriter } from './byte-writer.ts';
import { writeSegment } from './key-codec.ts';

const writer = new ByteWriter(2048);
const NUMERIC = Buffer.of(0, 2);

/** The key of one path segment. */
export function segmentKey(segment: string): Buffer {
  writer.reset();
  writeSegment(writer, segment);
  return writer.copy(0);
}

/** The inverse of `segmentKey`. */
export function segmentText(key: Buffer): string {
  if (key.length === 10 && key.subarray(0, 2).equals(NUMERIC)) {
    return `__id${key.readBigUInt64BE(2) - 2n ** 63n}__`;
  }
  if (!key.includes(0)) return key.toString('utf8');
  return Buffer.from(key.filter((byte, i) => byte !== 0xff || key[i - 1] !== 0)).toString('utf8');
}
