import { ByteWriter } from '../values/byte-writer.ts';
import { Rank, rankOf } from '../values/compare.ts';
import { afterPrefix, writeIndexed, writePath, writeSegment } from '../values/key-codec.ts';
import type { Value } from '../values/values.ts';
import type { FieldFilter } from './filters.ts';

/** A place in the order of keys: just before, or just after, all keys that begin with `prefix`. */
export interface Position {
  prefix: Buffer;
  after: boolean;
}

/** What a scan covers: from `low` to `high` in key order; undefined is open. */
export interface Range {
  low: Position | undefined;
  high: Position | undefined;
}

const writer = new ByteWriter(4096);

export function keyOf(position: Position): Buffer {
  return position.after ? afterPrefix(position.prefix) : position.prefix;
}

function later(a: Position | undefined, b: Position): Position {
  return a && Buffer.compare(keyOf(a), keyOf(b)) >= 0 ? a : b;
}

function earlier(a: Position | undefined, b: Position): Position {
  return a && Buffer.compare(keyOf(a), keyOf(b)) <= 0 ? a : b;
}

export function narrow(range: Range, by: Range): Range {
  return {
    low: by.low ? later(range.low, by.low) : range.low,
    high: by.high ? earlier(range.high, by.high) : range.high,
  };
}

/** The key of a value, and whether it was cut so that the filter has to look at the document again. */
export function encodeOperand(value: Value): { key: Buffer; cut: boolean } {
  writer.reset();
  const cut = writeIndexed(writer, value);
  return { key: writer.copy(0), cut };
}

/** The keys that a filter admits on an index field, and whether it must still be checked on the document. */
export function filterRange(filter: FieldFilter): { range: Range; exact: boolean } {
  const { op, value } = filter;
  const { key, cut } = encodeOperand(value);
  const rank = rankOf(value);
  const typeStart = { prefix: Buffer.of(rank), after: false };
  const typeEnd = { prefix: Buffer.of(rank), after: true };
  let range: Range;
  let exact = !cut;
  if (op === '==') range = { low: { prefix: key, after: false }, high: { prefix: key, after: true } };
  else if (op === '>') range = { low: { prefix: key, after: !cut }, high: typeEnd };
  else if (op === '>=') range = { low: { prefix: key, after: false }, high: typeEnd };
  else if (op === '<') range = { low: typeStart, high: { prefix: key, after: cut } };
  else if (op === '<=') range = { low: typeStart, high: { prefix: key, after: true } };
  else {
    range = { low: { prefix: Buffer.of(Rank.NULL), after: true }, high: undefined };
    exact = rank === Rank.NULL && op === '!=';
  }
  return { range, exact };
}

/** How the keys of a scan end: with the id within one collection, or with the whole path. */
export type KeyEnd = 'segment' | 'path';

/** Writes the end of a key; a name is complete, so nothing but itself begins with it. */
export function nameKey(segments: readonly string[], end: KeyEnd): Buffer {
  writer.reset();
  if (end === 'path') writePath(writer, segments);
  else writeSegment(writer, segments.at(-1) ?? '');
  return writer.copy(0);
}

/** The key of the leading values of an order. */
export function orderKey(values: readonly Value[]): Buffer {
  writer.reset();
  for (const value of values) writeIndexed(writer, value);
  return writer.copy(0);
}
