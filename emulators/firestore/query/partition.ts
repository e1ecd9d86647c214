import type { PartitionQueryRequest, WireQuery } from '../door/wire.ts';
import { invalid } from '../errors.ts';
import type { StoredDocument } from '../values/document.ts';
import { referenceValue, type Value } from '../values/values.ts';
import { readPageSize } from './listing.ts';
import { pageToken, readPageToken } from './page-token.ts';
import type { Query } from './query.ts';

/** Places that divide the documents of a query: each starts a part, which ends before the next. */
export interface PartitionPage {
  partitions: { values: Value[] }[];
  nextPageToken: string;
}

/** Names that are remembered while a query is walked; of more, every second is forgotten. */
const MAX_SAMPLES = 65_536;
const MAX_PARTITIONS = 20_000;

/** Refuses what cannot be divided: only whole collection groups in the order of their names can. */
export function checkPartitioned(query: Query, input: WireQuery): void {
  const [order, ...more] = input.orderBy ?? [];
  const byName = order?.field?.fieldPath === '__name__' && query.orders[0]?.descending === false;
  if (!query.allDescendants || !byName || more.length > 0) {
    throw invalid(
      'structuredQuery: a partition query selects all descendants, ordered by __name__ ascending.',
    );
  }
  for (const field of ['where', 'limit', 'offset', 'startAt', 'endAt', 'findNearest'] as const) {
    if (input[field]) throw invalid(`structuredQuery.${field} is not supported by partition queries.`);
  }
}

export function readPartitionCount(request: PartitionQueryRequest): number {
  const count = Number(String(request.partitionCount ?? 0));
  if (!(count > 0)) throw invalid('partitionCount must be greater than zero.');
  return Math.min(count, MAX_PARTITIONS);
}

/** Up to `count` names that divide documents, which come in the order of their names, into parts of equal size. */
function divide(documents: Iterable<StoredDocument>, count: number): string[] {
  let names: string[] = [];
  let stride = 1;
  let at = 0;
  for (const { name } of documents) {
    if (at++ % stride === 0) names.push(name);
    if (names.length < MAX_SAMPLES) continue;
    names = names.filter((_, i) => i % 2 === 0);
    stride *= 2;
  }
  const parts = Math.min(count + 1, names.length);
  return Array.from({ length: Math.max(parts - 1, 0) }, (_, i) => {
    return names[Math.floor(((i + 1) * names.length) / parts)] ?? '';
  });
}

/** One page of the places that divide the documents of a query. */
export function partition(
  documents: Iterable<StoredDocument>,
  count: number,
  request: PartitionQueryRequest,
): PartitionPage {
  const list = `partitions ${request.parent} ${count}`;
  const after = readPageToken(list, request.pageToken);
  const places = divide(documents, count);
  const start = after === undefined ? 0 : places.indexOf(after) + 1;
  const page = places.slice(start, start + readPageSize(request.pageSize, MAX_PARTITIONS));
  const more = start + page.length < places.length;
  return {
    partitions: page.map((name) => ({ values: [referenceValue(name)] })),
    nextPageToken: more ? pageToken(list, page.at(-1) ?? '') : '',
  };
}
