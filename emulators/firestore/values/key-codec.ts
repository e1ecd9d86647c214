import type { ByteWriter } from './byte-writer.ts';
import { compareStrings, numericId, Rank, rankOf } from './compare.ts';
import { type Fields, type Value, vectorOf } from './values.ts';

/**
 * Order-preserving keys: comparing two keys byte by byte gives the order of the values. No key is a prefix
 * of another, so keys can be concatenated.
 *
 * Zero bytes inside strings are escaped as 00 FF; 00 01 ends a string and 00 00 ends a list of segments.
 */
const LIST_END = 0x01;

/** Firestore indexes the first 1,500 bytes of a value. */
const MAX_INDEXED_BYTES = 1500;

const scratch = new DataView(new ArrayBuffer(8));

function writeEscaped(writer: ByteWriter, text: string): void {
  const start = writer.length;
  writer.utf8(text);
  if (!text.includes('\0')) return;
  const raw = writer.copy(start);
  writer.truncate(start);
  for (const byte of raw) {
    writer.byte(byte);
    if (byte === 0) writer.byte(0xff);
  }
}

export function writeString(writer: ByteWriter, text: string): void {
  writeEscaped(writer, text);
  writer.byte(0);
  writer.byte(1);
}

/** Writes one path segment without its end. Numeric ids (`__id7__`) sort before all others, by number. */
export function writeSegment(writer: ByteWriter, segment: string): void {
  const numeric = numericId(segment);
  if (numeric === undefined) {
    writeEscaped(writer, segment);
    return;
  }
  writer.byte(0);
  writer.byte(2);
  scratch.setBigUint64(0, BigInt.asUintN(64, numeric + 2n ** 63n));
  for (let i = 0; i < 8; i++) writer.byte(scratch.getUint8(i));
}

/** Writes the segments of a path, each with its end, so that a path is a byte prefix of its descendants. */
export function writePath(writer: ByteWriter, segments: readonly string[]): void {
  for (const segment of segments) {
    writeSegment(writer, segment);
    writer.byte(0);
    writer.byte(1);
  }
}

function writeDouble(writer: ByteWriter, value: number): void {
  scratch.setFloat64(0, value === 0 ? 0 : value);
  const negative = scratch.getUint8(0) >= 0x80;
  writer.ensure(8);
  for (let i = 0; i < 8; i++) {
    const byte = scratch.getUint8(i);
    writer.buffer[writer.length++] = negative ? ~byte : i === 0 ? byte | 0x80 : byte;
  }
}

/**
 * A number is the largest double not above it, and, where doubles are further apart than integers (from 2^53),
 * two bytes more for the distance to it. So integers and doubles interleave exactly.
 */
function writeNumber(writer: ByteWriter, value: number | string): void {
  if (typeof value === 'number') {
    writeDouble(writer, value);
    if (Math.abs(value) >= 2 ** 53) {
      writer.byte(0);
      writer.byte(0);
    }
    return;
  }
  const exact = BigInt(value);
  let floor = Number(exact);
  if (BigInt(floor) > exact) floor = previousDouble(floor);
  const distance = Number(exact - BigInt(floor));
  writeDouble(writer, floor);
  if (Math.abs(floor) >= 2 ** 53) {
    writer.byte(distance >>> 8);
    writer.byte(distance & 0xff);
  }
}

function previousDouble(value: number): number {
  scratch.setFloat64(0, value);
  scratch.setBigUint64(0, scratch.getBigUint64(0) + (value > 0 ? -1n : 1n));
  return scratch.getFloat64(0);
}

function writeReference(writer: ByteWriter, name: string): void {
  writePath(writer, name.split('/'));
  writer.byte(0);
  writer.byte(0);
}

function writeMap(writer: ByteWriter, fields: Fields): void {
  for (const key of Object.keys(fields).sort(compareStrings)) {
    const value = fields[key];
    if (!value) continue;
    writer.byte(Rank.STRING);
    writeString(writer, key);
    writeWhole(writer, value);
  }
  writer.byte(LIST_END);
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  for (const byte of bytes) {
    writer.byte(byte);
    if (byte === 0) writer.byte(0xff);
  }
  writer.byte(0);
  writer.byte(1);
}

function writeTimestamp(writer: ByteWriter, seconds: number, nanos: number): void {
  const biased = seconds + 62_135_596_800;
  writer.byte(Math.floor(biased / 2 ** 32));
  writer.uint32(biased % 2 ** 32);
  writer.uint32(nanos);
}

/** Writes the whole key of a value. */
export function writeWhole(writer: ByteWriter, value: Value): void {
  switch (value.valueType) {
    case 'stringValue':
      writer.byte(Rank.STRING);
      writeString(writer, value.stringValue);
      return;
    case 'integerValue':
      writer.byte(Rank.NUMBER);
      writeNumber(writer, value.integerValue);
      return;
    case 'doubleValue':
      writer.byte(rankOf(value));
      if (!Number.isNaN(value.doubleValue)) writeNumber(writer, value.doubleValue);
      return;
    case 'nullValue':
      writer.byte(Rank.NULL);
      return;
    case 'booleanValue':
      writer.byte(Rank.BOOLEAN);
      writer.byte(value.booleanValue ? 1 : 0);
      return;
    case 'timestampValue':
      writer.byte(Rank.TIMESTAMP);
      writeTimestamp(writer, value.timestampValue.seconds, value.timestampValue.nanos);
      return;
    case 'bytesValue':
      writer.byte(Rank.BYTES);
      writeBytes(writer, value.bytesValue);
      return;
    case 'referenceValue':
      writer.byte(Rank.REFERENCE);
      writeReference(writer, value.referenceValue);
      return;
    case 'geoPointValue':
      writer.byte(Rank.GEO_POINT);
      writeDouble(writer, value.geoPointValue.latitude);
      writeDouble(writer, value.geoPointValue.longitude);
      return;
    case 'arrayValue':
      writer.byte(Rank.ARRAY);
      for (const element of value.arrayValue.values) writeWhole(writer, element);
      writer.byte(LIST_END);
      return;
    case 'mapValue': {
      const vector = vectorOf(value);
      if (vector) {
        writer.byte(Rank.VECTOR);
        writer.uint32(vector.length);
        for (const element of vector) writeWhole(writer, element);
        return;
      }
      writer.byte(Rank.MAP);
      writeMap(writer, value.mapValue.fields);
    }
  }
}

/**
 * Writes the key of a value as an index holds it: cut at 1,500 bytes. Cut keys stay prefix-free and in order,
 * but different values may share one, so a query whose operand was cut looks at the document again.
 * Returns whether the key was cut.
 */
export function writeIndexed(writer: ByteWriter, value: Value): boolean {
  const start = writer.length;
  writeWhole(writer, value);
  const cut = writer.length - start > MAX_INDEXED_BYTES;
  if (cut) writer.truncate(start + MAX_INDEXED_BYTES);
  return cut;
}

/** The first key after every key that begins with `prefix`. */
export function afterPrefix(prefix: Buffer): Buffer {
  const next = Buffer.from(prefix);
  for (let i = next.length - 1; i >= 0; i--) {
    const byte = next[i] ?? 0;
    if (byte < 0xff) {
      next[i] = byte + 1;
      return next.subarray(0, i + 1);
    }
  }
  return Buffer.concat([prefix, Buffer.alloc(8, 0xff)]);
}

/** The first key after exactly this key. */
export function afterKey(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.of(0)]);
}
