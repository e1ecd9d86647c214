import { ByteWriter } from './byte-writer.ts';
import type { Catalog, Collection, DeclaredIndex } from './catalog.ts';
import { compareValues } from './compare.ts';
import type { Scan } from './cursors.ts';
import { FirestoreError } from './errors.ts';
import { DOCUMENT_ID } from './field-path.ts';
import { type FieldFilter, isRange } from './filters.ts';
import type { IndexField, IndexScope } from './index-config.ts';
import { type Indexer, KeyKind, writeCompositePrefix, writeFieldPrefix } from './indexer.ts';
import { afterPrefix } from './key-codec.ts';
import {
  encodeOperand,
  filterRange,
  type KeyEnd,
  keyOf,
  nameKey,
  narrow,
  orderKey,
  type Position,
  type Range,
} from './positions.ts';
import type { Bound, Order, Query } from './query.ts';
import type { Value } from './values.ts';

export type IndexMode = 'production' | 'automatic';

/** Where a plan looks: one collection, or all collections of a group in a database. */
export interface PlanScope {
  group: string;
  scope: IndexScope;
  collectionId: number;
  databaseId: number;
}

/** How one conjunction of a query is answered. */
export interface Plan {
  /** Scans whose common documents are the candidates; empty means the names of the collection. */
  scans: Scan[];
  backward: boolean;
  /** Filters to check on each candidate. */
  residual: FieldFilter[];
  /** Candidates come in the order of the query and within its cursors. */
  ordered: boolean;
}

/** An index that could serve, with the equality filters it uses up. */
interface Candidate {
  prefix: (writer: ByteWriter) => void;
  equalities: FieldFilter[];
  suffix: IndexField[];
  backward: boolean;
}

const writer = new ByteWriter(4096);

function isEquality(filter: FieldFilter): boolean {
  return filter.path.text !== DOCUMENT_ID && (filter.op === '==' || filter.op === 'array-contains');
}

/** Orders without the fields that an equality already fixes, and without the name. */
function openOrders(query: Query, equalities: readonly FieldFilter[]): Order[] {
  const fixed = new Set(equalities.filter(({ op }) => op === '==').map(({ path }) => path.text));
  return query.orders.filter(({ path }) => path.text !== DOCUMENT_ID && !fixed.has(path.text));
}

export class Planner {
  private readonly catalog: Catalog;
  readonly mode: IndexMode;

  constructor(catalog: Catalog, mode: IndexMode) {
    this.catalog = catalog;
    this.mode = mode;
  }

  /**
   * Plans one conjunction. Returns undefined when the scope has no index that could start it, so that a
   * collection group has to be searched collection by collection.
   */
  plan(query: Query, filters: readonly FieldFilter[], scope: PlanScope): Plan | undefined {
    const equalities = distinct(filters.filter(isEquality));
    const others = filters.filter((filter) => !isEquality(filter));
    const orders = openOrders(query, equalities);
    const backward = query.orders.at(-1)?.descending === true;
    const indexer = this.catalog.indexer(scope.group);
    const candidates = [
      ...this.compositeCandidates(scope, equalities, orders, backward),
      ...this.fieldCandidates(indexer, scope, equalities, orders, backward),
    ];
    const chosen = choose(candidates, equalities);
    const uncovered = equalities.filter((filter) => !chosen.some((c) => c.equalities.includes(filter)));
    const served = chosen.length > 0 || (equalities.length === 0 && orders.length === 0);
    // A vector search answers for its index itself; how its candidates are found is open.
    const strict = this.mode === 'production' && !query.findNearest;
    if (served && (uncovered.length === 0 || !strict)) {
      if (chosen.length === 0 && scope.scope === 'COLLECTION_GROUP') return undefined;
      return this.orderedPlan(query, chosen, others, uncovered, backward, scope);
    }
    if (strict) throw missingIndex(query, equalities, orders);
    return scope.scope === 'COLLECTION_GROUP' ? undefined : this.fallback(indexer, filters, scope);
  }

  private compositeCandidates(
    scope: PlanScope,
    equalities: readonly FieldFilter[],
    orders: readonly Order[],
    backward: boolean,
  ): Candidate[] {
    const found: Candidate[] = [];
    for (const declared of this.catalog.declared.get(scope.group) ?? []) {
      if (declared.definition.scope !== scope.scope) continue;
      const candidate = this.compositeCandidate(declared, scope, equalities, orders, backward);
      if (candidate) found.push(candidate);
    }
    return found;
  }

  private compositeCandidate(
    { composite, definition }: DeclaredIndex,
    scope: PlanScope,
    equalities: readonly FieldFilter[],
    orders: readonly Order[],
    backward: boolean,
  ): Candidate | undefined {
    const lead = composite.fields.length - orders.length;
    if (lead < 0) return undefined;
    const used: FieldFilter[] = [];
    const values: Value[] = [];
    for (const field of composite.fields.slice(0, lead)) {
      const filter = equalities.find(
        ({ path, op }) =>
          path.text === field.path.text && (op === 'array-contains') === (field.kind === 'contains'),
      );
      if (!filter) return undefined;
      used.push(filter);
      values.push(filter.value);
    }
    const suffix = composite.fields.slice(lead);
    const declared = definition.fields.slice(lead);
    const fits = orders.every(({ path, descending }, i) => {
      const field = suffix[i];
      if (field?.path.text !== path.text || field.kind !== 'value') return false;
      if (this.mode === 'production' && declared[i]?.descending !== descending) return false;
      return (field.descending !== descending) === backward;
    });
    if (!fits) return undefined;
    const prefix = (to: ByteWriter) => {
      writeCompositePrefix(to, composite, scope.collectionId, scope.databaseId);
      values.forEach((value, i) => {
        to.bytes(encodeOperand(value, composite.fields[i]?.descending === true).key);
      });
    };
    return { prefix, equalities: used, suffix, backward };
  }

  /** The automatic indexes: on one equality, ordered by name; or on one order field. */
  private fieldCandidates(
    indexer: Indexer,
    scope: PlanScope,
    equalities: readonly FieldFilter[],
    orders: readonly Order[],
    backward: boolean,
  ): Candidate[] {
    if (scope.scope !== 'COLLECTION') return [];
    if (orders.length === 0) {
      return equalities
        .filter(({ path, op }) => {
          const indexing = indexer.indexingOf(path);
          return op === '==' ? indexing.ascending || indexing.descending : indexing.contains;
        })
        .map((filter) => ({
          prefix: (to) => {
            const kind = filter.op === '==' ? KeyKind.VALUE : KeyKind.CONTAINS;
            writeFieldPrefix(to, kind, scope.collectionId, filter.path.text);
            to.bytes(encodeOperand(filter.value, false).key);
          },
          equalities: [filter],
          suffix: [],
          backward,
        }));
    }
    const order = orders[0];
    if (!order || orders.length > 1 || order.descending !== backward) return [];
    const indexing = indexer.indexingOf(order.path);
    const indexed =
      this.mode === 'automatic'
        ? indexing.ascending || indexing.descending
        : order.descending
          ? indexing.descending
          : indexing.ascending;
    if (!indexed) return [];
    return [
      {
        prefix: (to) => writeFieldPrefix(to, KeyKind.VALUE, scope.collectionId, order.path.text),
        equalities: [],
        suffix: [{ path: order.path, kind: 'value', descending: false }],
        backward,
      },
    ];
  }

  private orderedPlan(
    query: Query,
    chosen: Candidate[],
    others: readonly FieldFilter[],
    uncovered: readonly FieldFilter[],
    backward: boolean,
    scope: PlanScope,
  ): Plan {
    const end: KeyEnd = scope.scope === 'COLLECTION' ? 'segment' : 'path';
    const suffix = chosen[0]?.suffix ?? [];
    const residual = [...uncovered];
    for (const { equalities } of chosen) {
      for (const filter of equalities) {
        if (encodeOperand(filter.value, false).cut) residual.push(filter);
      }
    }
    let range: Range = { low: undefined, high: undefined };
    const first = suffix[0];
    for (const filter of others) {
      if (first && filter.path.text === first.path.text && isRange(filter.op)) {
        const { range: by, exact } = filterRange(filter, first);
        range = narrow(range, by);
        if (!exact) residual.push(filter);
      } else residual.push(filter);
    }
    const cursors = cursorRange(query, suffix, backward, end);
    const scans = chosen.map(({ prefix }) => makeScan(prefix, cursors ? narrow(range, cursors) : range));
    return { scans, backward, residual, ordered: cursors !== undefined || scans.length === 0 };
  }

  /** Without an index that gives the order: whatever narrows the candidates, to be sorted afterwards. */
  private fallback(indexer: Indexer, filters: readonly FieldFilter[], scope: PlanScope): Plan {
    const equalities = filters.filter(isEquality);
    const singles = this.fieldCandidates(indexer, scope, equalities, [], false);
    const residual = [...filters];
    if (singles.length > 0) {
      const open: Range = { low: undefined, high: undefined };
      return {
        scans: singles.map(({ prefix }) => makeScan(prefix, open)),
        backward: false,
        residual,
        ordered: false,
      };
    }
    const ranged = filters.find(
      ({ path, op }) => isRange(op) && path.text !== DOCUMENT_ID && indexer.indexingOf(path).ascending,
    );
    if (!ranged) return { scans: [], backward: false, residual, ordered: false };
    const { range } = filterRange(ranged, { path: ranged.path, kind: 'value', descending: false });
    const prefix = (to: ByteWriter) =>
      writeFieldPrefix(to, KeyKind.VALUE, scope.collectionId, ranged.path.text);
    return { scans: [makeScan(prefix, range)], backward: false, residual, ordered: false };
  }
}

/** Takes the index that covers most, then others while they cover more. */
function choose(candidates: readonly Candidate[], equalities: readonly FieldFilter[]): Candidate[] {
  const chosen: Candidate[] = [];
  const open = new Set(equalities);
  const gain = (candidate: Candidate) => candidate.equalities.filter((filter) => open.has(filter)).length;
  for (;;) {
    let best: Candidate | undefined;
    for (const candidate of candidates) {
      const better =
        best === undefined ? chosen.length === 0 || gain(candidate) > 0 : gain(candidate) > gain(best);
      if (better) best = candidate;
    }
    if (!best) return chosen;
    chosen.push(best);
    for (const filter of best.equalities) open.delete(filter);
    if (open.size === 0) return chosen;
  }
}

function makeScan(writePrefix: (to: ByteWriter) => void, range: Range): Scan {
  writer.reset();
  writePrefix(writer);
  const prefix = writer.copy(0);
  const low = range.low ? Buffer.concat([prefix, keyOf(range.low)]) : prefix;
  const high = range.high ? Buffer.concat([prefix, keyOf(range.high)]) : afterPrefix(prefix);
  return { prefix, low, high };
}

/**
 * The cursors of a query as a range of key ends. Undefined when they name a field that an equality fixed:
 * then they are checked document by document.
 */
function cursorRange(
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
  if (!named) return { prefix: orderKey(values, suffix), after };
  if (values.length !== suffix.length || last?.valueType !== 'referenceValue') return undefined;
  const name = last.referenceValue;
  const segments = name.slice(name.indexOf('/documents/') + '/documents/'.length).split('/');
  if (
    end === 'segment' &&
    `${name.slice(0, name.lastIndexOf('/'))}` !== `${query.parent}/${query.collectionId}`
  ) {
    return undefined;
  }
  const key = Buffer.concat([orderKey(values, suffix), nameKey(segments, end)]);
  // A name is complete: the next key after it is itself and a zero byte.
  return { prefix: after ? Buffer.concat([key, Buffer.of(0)]) : key, after: false };
}

function distinct(filters: readonly FieldFilter[]): FieldFilter[] {
  return filters.filter(
    ({ path, op, value }, i) =>
      filters.findIndex(
        (other) =>
          other.path.text === path.text && other.op === op && compareValues(other.value, value) === 0,
      ) === i,
  );
}

/** Whether two equality filters on one field exclude each other. */
export function contradictory(filters: readonly FieldFilter[]): boolean {
  const fixed = new Map<string, Value>();
  for (const { path, op, value } of filters) {
    if (op !== '==') continue;
    const known = fixed.get(path.text);
    if (known && compareValues(known, value) !== 0) return true;
    fixed.set(path.text, value);
  }
  return false;
}

function missingIndex(
  query: Query,
  equalities: readonly FieldFilter[],
  orders: readonly Order[],
): FirestoreError {
  const seen = new Set<string>();
  const fields: object[] = [];
  for (const { path, op } of equalities) {
    if (seen.has(path.text)) continue;
    seen.add(path.text);
    fields.push(
      op === 'array-contains'
        ? { fieldPath: path.text, arrayConfig: 'CONTAINS' }
        : { fieldPath: path.text, order: 'ASCENDING' },
    );
  }
  for (const { path, descending } of orders) {
    fields.push({ fieldPath: path.text, order: descending ? 'DESCENDING' : 'ASCENDING' });
  }
  const queryScope = query.allDescendants ? 'COLLECTION_GROUP' : 'COLLECTION';
  const [only] = fields;
  const entry =
    fields.length === 1 && only
      ? {
          collectionGroup: query.collectionId,
          fieldPath: orders[0]?.path.text ?? equalities[0]?.path.text,
          indexes: [{ ...only, fieldPath: undefined, queryScope }],
        }
      : { collectionGroup: query.collectionId, queryScope, fields };
  const list = fields.length === 1 ? 'fieldOverrides' : 'indexes';
  return new FirestoreError(
    'FAILED_PRECONDITION',
    `The query requires an index. Add this entry to "${list}" in firestore.indexes.json: ${JSON.stringify(entry)}`,
  );
}

export function scopeOf(collection: Collection): PlanScope {
  return {
    group: collection.group,
    scope: 'COLLECTION',
    collectionId: collection.id,
    databaseId: collection.databaseId,
  };
}
