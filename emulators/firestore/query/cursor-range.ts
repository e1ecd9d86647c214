import type { IndexField } from '../indexes/index-config.ts';
import { type KeyEnd, nameKey, narrow, orderKey, type Position, type Range } from './positions.ts';
import type { Bound, Query } from './query.ts';

/**
 * The cursors of a query as a range of key ends. Undefined when they name a field that an equality fixed:
 * then they are checked document by document.
 */
export function cursorRange(
  query: Query,
  suffix: readonly IndexField[],
  backward: boolean,
  end: KeyEnd,
): Range | undefined {
  let range: Range = { low: undefined, high: undefined };
  for (const [bound, isStart] of [
    [query.start, true],
    [query.end, false],
  ] as const) {
    if (!bound) continue;
    const position = cursorPosition(query, bound, suffix, backward, end);
    if (!position) return undefined;
    const low = isStart !== backward;
    range = narrow(range, low ? { low: position, high: undefined } : { low: undefined, high: position });
  }
  return range;
}

function cursorPosition(
  query: Query,
  bound: Bound,
  suffix: readonly IndexField[],
  backward: boolean,
  end: KeyEnd,
): Position | undefined {
  const values = [...bound.values];
  const after = bound.before === backward;
  const last = values.at(-1);
  const named = values.length === query.orders.length;
  if (named) values.pop();
  for (let i = 0; i < values.length; i++) {
    if (query.orders[i]?.path.text !== suffix[i]?.path.text) return undefined;
  }
  if (!named) return { prefix: orderKey(values), after };
  if (values.length !== suffix.length || last?.valueType !== 'referenceValue') return undefined;
  const name = last.referenceValue;
  const segments = name.slice(name.indexOf('/documents/') + '/documents/'.length).split('/');
  if (
    end === 'segment' &&
    `${name.slice(0, name.lastIndexOf('/'))}` !== `${query.parent}/${query.collectionId}`
  ) {
    return undefined;
  }
  const key = Buffer.concat([orderKey(values), nameKey(segments, end)]);
  // A name is complete: the next key after it is itself and a zero byte.
  return { prefix: after ? Buffer.concat([key, Buffer.of(0)]) : key, after: false };
}
