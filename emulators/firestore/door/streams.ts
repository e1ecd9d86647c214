import { compareDocuments, type Query } from '../query/query.ts';
import type { Collection } from '../storage/catalog.ts';
import type { StoredDocument } from '../values/document.ts';

/** A stream of documents in the order of the query. */
export type Stream = Iterator<StoredDocument>;

/** A stream that was begun, and its next document. */
export interface Open {
  stream: Stream;
  head: StoredDocument;
}

/** Whether the documents of a collection could come before a document by name. */
export function mayPrecede(collection: Collection | undefined, document: StoredDocument): boolean {
  return (
    collection !== undefined &&
    Buffer.compare(collection.path, Buffer.concat([document.collection.path, document.segment])) <= 0
  );
}

/** The stream whose next document comes first. */
export function lowest(query: Query, open: readonly Open[]): Open | undefined {
  let best = open[0];
  for (const candidate of open) {
    if (best && candidate !== best && compareDocuments(query, candidate.head, best.head) < 0)
      best = candidate;
  }
  return best;
}

/** Merges ordered streams and drops documents that several of them found. */
export function* merge(query: Query, streams: Stream[]): Generator<StoredDocument> {
  const open: Open[] = [];
  for (const stream of streams) {
    const first = stream.next();
    if (!first.done) open.push({ stream, head: first.value });
  }
  let last = -1;
  for (let best = lowest(query, open); best; best = lowest(query, open)) {
    if (best.head.id !== last) yield best.head;
    last = best.head.id;
    const following = best.stream.next();
    if (following.done) open.splice(open.indexOf(best), 1);
    else best.head = following.value;
  }
}
