import type { Collection } from '../storage/catalog.ts';
import { compareNames } from '../values/compare.ts';
import { DOCUMENT_ID } from '../values/field-path.ts';
import { afterKey } from '../values/key-codec.ts';
import type { FieldFilter } from './filters.ts';
import { nameKey } from './positions.ts';
import type { Query } from './query.ts';

const END = Buffer.alloc(16, 0xff);

/** Where a document name falls among the ids of a collection: the first id key at or beyond it. */
function position(collection: Collection, name: string, after: boolean): Buffer {
  const inside = name.startsWith(`${collection.name}/`);
  if (!inside) return compareNames(name, collection.name) < 0 ? Buffer.alloc(0) : END;
  const rest = name.slice(collection.name.length + 1);
  const slash = rest.indexOf('/');
  const key = nameKey([slash === -1 ? rest : rest.slice(0, slash)], 'segment');
  // A name further down comes after the document it is below.
  return after || slash !== -1 ? afterKey(key) : key;
}

/**
 * The ids of a collection that a query's filters on the name, and its cursors when it is ordered by name
 * alone, leave. Undefined when there are none.
 */
export function namePositions(
  query: Query,
  filters: readonly FieldFilter[],
  collection: Collection,
): { low: Buffer; high: Buffer } | undefined {
  let low: Buffer = Buffer.alloc(0);
  let high: Buffer = END;
  const atLeast = (key: Buffer) => {
    if (Buffer.compare(key, low) > 0) low = key;
  };
  const below = (key: Buffer) => {
    if (Buffer.compare(key, high) < 0) high = key;
  };
  for (const { path, op, value } of filters) {
    if (path.text !== DOCUMENT_ID || value.valueType !== 'referenceValue') continue;
    const name = value.referenceValue;
    if (op === '==' || op === '>=') atLeast(position(collection, name, false));
    if (op === '>') atLeast(position(collection, name, true));
    if (op === '==' || op === '<=') below(position(collection, name, true));
    if (op === '<') below(position(collection, name, false));
  }
  if (query.orders[0]?.path.text === DOCUMENT_ID) {
    const backward = query.orders[0].descending;
    for (const [bound, isStart] of [
      [query.start, true],
      [query.end, false],
    ] as const) {
      const value = bound?.values[0];
      if (!bound || value?.valueType !== 'referenceValue') continue;
      const key = position(collection, value.referenceValue, bound.before === backward);
      if (isStart !== backward) atLeast(key);
      else below(key);
    }
  }
  return Buffer.compare(low, high) < 0 ? { low, high } : undefined;
}
