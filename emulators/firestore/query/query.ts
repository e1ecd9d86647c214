import { unwrap, type WireCursor, type WireQuery } from '../door/wire.ts';
import { invalid } from '../errors.ts';
import { compareNames, compareValues } from '../values/compare.ts';
import type { StoredDocument } from '../values/document.ts';
import { DOCUMENT_ID, type FieldPath, type FieldPathParser, valueAt } from '../values/field-path.ts';
import { checkCollectionId, parseParent } from '../values/names.ts';
import { readValue, referenceValue, type Value } from '../values/values.ts';
import { elementsOf, type FieldFilter, type Filter, isRange, readFilter, toDisjuncts } from './filters.ts';
import { type Nearest, readNearest } from './nearest.ts';

export interface Order {
  path: FieldPath;
  descending: boolean;
}

/** A cursor: a prefix of the values of the order, and on which side of their documents it stands. */
export interface Bound {
  values: Value[];
  before: boolean;
}

/** A structured query in normal form. */
export interface Query {
  database: string;
  /** Full name of the parent: the documents root or a document. */
  parent: string;
  parentSegments: string[];
  /** Undefined for the kindless queries of a recursive delete. */
  collectionId: string | undefined;
  allDescendants: boolean;
  where: Filter | undefined;
  /** Disjunctive normal form; one empty conjunction when there is no filter. */
  disjuncts: FieldFilter[][];
  /** Complete: with implied inequality fields and the document name. */
  orders: Order[];
  start: Bound | undefined;
  end: Bound | undefined;
  offset: number;
  limit: number | undefined;
  select: FieldPath[] | undefined;
  findNearest: Nearest | undefined;
}

const MAX_INEQUALITIES = 10;
const NAME: FieldPath = { segments: [DOCUMENT_ID], text: DOCUMENT_ID };

function inequalityPaths(filter: Filter | undefined, found = new Map<string, FieldPath>()) {
  if (!filter) return found;
  if ('filters' in filter) {
    for (const inner of filter.filters) inequalityPaths(inner, found);
  } else if (isRange(filter.op)) found.set(filter.path.text, filter.path);
  return found;
}

/**
 * The full order of a query: what it names, then the inequality fields it leaves out in lexicographic order,
 * then the document name; what is implied takes the last named direction.
 */
function completeOrders(named: Order[], where: Filter | undefined): Order[] {
  const inequalities = inequalityPaths(where);
  if (inequalities.size > MAX_INEQUALITIES) {
    throw invalid(`where: inequalities on more than ${MAX_INEQUALITIES} fields.`);
  }
  const orders = [...named];
  const descending = orders.at(-1)?.descending ?? false;
  const known = new Set(orders.map(({ path }) => path.text));
  const implied = [...inequalities.values()].filter(({ text }) => text !== DOCUMENT_ID && !known.has(text));
  implied.sort((a, b) => (a.text < b.text ? -1 : 1));
  if (!known.has(DOCUMENT_ID)) {
    for (const path of implied) orders.push({ path, descending });
    orders.push({ path: NAME, descending });
  }
  return orders;
}

/** Numbers as in StructuredQuery.Direction; what is not said is ascending. */
const DIRECTIONS: Record<string, boolean> = {
  DIRECTION_UNSPECIFIED: false,
  0: false,
  ASCENDING: false,
  1: false,
  DESCENDING: true,
  2: true,
};

function readOrders(inputs: WireQuery['orderBy'], parser: FieldPathParser): Order[] {
  const orders: Order[] = [];
  for (const { field, direction } of inputs ?? []) {
    const path = parser.parse(field?.fieldPath ?? '');
    const descending = DIRECTIONS[String(direction ?? 0)];
    if (descending === undefined) throw invalid(`orderBy ${path.text}: unknown direction "${direction}".`);
    if (orders.some((order) => order.path.text === path.text)) {
      throw invalid(`order by clause cannot contain duplicate fields ${path.text}`);
    }
    if (orders.at(-1)?.path.text === DOCUMENT_ID) {
      throw invalid('order by clause cannot contain more fields after the key __name__');
    }
    orders.push({ path, descending });
  }
  return orders;
}

function readBound(cursor: WireCursor | null | undefined, orders: Order[], field: string): Bound | undefined {
  if (!cursor) return undefined;
  const values = (cursor.values ?? []).map((value) => readValue(value, field));
  if (values.length > orders.length) throw invalid(`${field} has more values than the query has orders.`);
  values.forEach((value, i) => {
    if (orders[i]?.path.text === DOCUMENT_ID && value.valueType !== 'referenceValue') {
      throw invalid(`${field}: the value for __name__ must be a reference.`);
    }
  });
  return { values, before: cursor.before === true };
}

function readCount(value: number | undefined, field: string): number | undefined {
  if (value !== undefined && (!Number.isInteger(value) || value < 0))
    throw invalid(`${field} must not be negative.`);
  return value;
}

/** Reads a query; throws INVALID_ARGUMENT naming the part that is wrong. */
export function readQuery(
  parent: string | null | undefined,
  input: WireQuery,
  parser: FieldPathParser,
): Query {
  const { database, segments } = parseParent(parent);
  const from = input.from?.[0];
  if (!from || (input.from?.length ?? 0) > 1) throw invalid('from must select exactly one collection.');
  const where = input.where ? readFilter(input.where, parser) : undefined;
  const orders = completeOrders(readOrders(input.orderBy, parser), where);
  const collectionId = from.collectionId || undefined;
  if (collectionId !== undefined) checkCollectionId(collectionId);
  else if (from.allDescendants !== true) {
    throw invalid('from.collectionId must not be empty, unless allDescendants is set.');
  }
  const fields = input.select?.fields ?? [];
  const query: Query = {
    database,
    parent: parent ?? '',
    parentSegments: segments,
    collectionId,
    allDescendants: from.allDescendants === true,
    where,
    disjuncts: where ? toDisjuncts(where) : [[]],
    orders,
    start: readBound(input.startAt, orders, 'startAt'),
    end: readBound(input.endAt, orders, 'endAt'),
    offset: readCount(input.offset ?? 0, 'offset') ?? 0,
    limit: readCount(unwrap(input.limit), 'limit'),
    // A projection without fields is none.
    select: fields.length > 0 ? fields.map(({ fieldPath }) => parser.parse(fieldPath ?? '')) : undefined,
    findNearest: input.findNearest ? readNearest(input.findNearest, parser) : undefined,
  };
  for (const name of comparedNames(query)) {
    if (!name.startsWith(`${database}/documents/`)) {
      throw invalid(
        `__name__ is compared with "${name}", which is not of the database of the query, ${database}.`,
      );
    }
  }
  return query;
}

/** The document names that filters and cursors compare the names of documents with. */
function* comparedNames({ disjuncts, orders, start, end }: Query): Generator<string> {
  const filters = disjuncts.flat().filter(({ path }) => path.text === DOCUMENT_ID);
  const operands = filters.flatMap(({ value }) => [value, ...elementsOf(value)]);
  const place = orders.findIndex(({ path }) => path.text === DOCUMENT_ID);
  for (const value of [...operands, start?.values[place], end?.values[place]]) {
    if (value?.valueType === 'referenceValue') yield value.referenceValue;
  }
}

/** The value a query sees at a path: the document's name is a reference to it. */
function valueSeen(document: StoredDocument, path: FieldPath): Value | undefined {
  return path.text === DOCUMENT_ID ? referenceValue(document.name) : valueAt(document.fields, path.segments);
}

/** Orders two documents as the query does. Both must have all order fields. */
export function compareDocuments(query: Query, a: StoredDocument, b: StoredDocument): number {
  for (const { path, descending } of query.orders) {
    let order: number;
    if (path.text === DOCUMENT_ID) order = a === b ? 0 : compareNames(a.name, b.name);
    else {
      const x = valueAt(a.fields, path.segments);
      const y = valueAt(b.fields, path.segments);
      order = x && y ? compareValues(x, y) : 0;
    }
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

/** Where a document stands relative to a cursor's values: negative before, zero at, positive after. */
function compareToBound(query: Query, document: StoredDocument, bound: Bound): number {
  for (let i = 0; i < bound.values.length; i++) {
    const order = query.orders[i];
    const limit = bound.values[i];
    const value = order && valueSeen(document, order.path);
    if (!order || !limit || !value) return 0;
    const result = compareValues(value, limit);
    if (result !== 0) return order.descending ? -result : result;
  }
  return 0;
}

/** Whether the document lies between the cursors of the query. */
export function withinBounds(query: Query, document: StoredDocument): boolean {
  if (query.start) {
    const order = compareToBound(query, document, query.start);
    if (order < 0 || (order === 0 && !query.start.before)) return false;
  }
  if (query.end) {
    const order = compareToBound(query, document, query.end);
    if (order > 0 || (order === 0 && query.end.before)) return false;
  }
  return true;
}

/** Whether the document has every field that the query orders by. */
export function hasOrderFields(query: Query, document: StoredDocument): boolean {
  return query.orders.every(
    ({ path }) => path.text === DOCUMENT_ID || valueAt(document.fields, path.segments) !== undefined,
  );
}
