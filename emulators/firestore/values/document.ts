import type { Collection } from '../storage/catalog.ts';
import { type Fields, fromMicros, type Timestamp } from './values.ts';

/**
 * A document as stored. It has the shape of `google.firestore.v1.Document`, so that it is handed to clients
 * as it is; treat it as immutable.
 */
export interface StoredDocument {
  readonly name: string;
  readonly fields: Fields;
  readonly createTime: Timestamp;
  readonly updateTime: Timestamp;
  /** Row id; constant from creation to deletion. */
  readonly id: number;
  readonly collection: Collection;
  /** Key of the last path segment. */
  readonly segment: Buffer;
  /** Microseconds since the epoch. */
  readonly created: number;
  readonly updated: number;
  /** Bytes on disk; known once stored. */
  size: number;
}

export function makeDocument(
  id: number,
  collection: Collection,
  name: string,
  segment: Buffer,
  created: number,
  updated: number,
  fields: Fields,
  size: number,
): StoredDocument {
  const createTime = fromMicros(created);
  const updateTime = created === updated ? createTime : fromMicros(updated);
  return { name, fields, createTime, updateTime, id, collection, segment, created, updated, size };
}
