import {
  type Candidate,
  choose,
  compositeCandidates,
  fieldCandidates,
  type IndexMode,
  type PlanScope,
} from '../indexes/index-candidates.ts';
import { type Indexer, KeyKind, writeFieldPrefix } from '../indexes/indexer.ts';
import { missingIndex } from '../indexes/missing-index.ts';
import type { Catalog, Collection } from '../storage/catalog.ts';
import { ByteWriter } from '../values/byte-writer.ts';
import { compareValues } from '../values/compare.ts';
import { DOCUMENT_ID, type FieldPath } from '../values/field-path.ts';
import { afterPrefix } from '../values/key-codec.ts';
import type { Value } from '../values/values.ts';
import { cursorRange } from './cursor-range.ts';
import type { Scan } from './cursors.ts';
import { type FieldFilter, isRange } from './filters.ts';
import { encodeOperand, filterRange, type KeyEnd, keyOf, narrow, type Range } from './positions.ts';
import type { Order, Query } from './query.ts';

/** How one conjunction of a query is answered. */
export interface Plan {
  /** Scans whose common documents are the candidates; empty means the names of the collection. */
  scans: Scan[];
  backward: boolean;
  /** Filters to check on each candidate. */
  residual: FieldFilter[];
  /** Candidates come in the order of the query and within its cursors. */
  ordered: boolean;
  /**
   * When an order mixes directions: the runs of order fields of one direction. The only scan is walked group by
   * group, and the cursors are checked document by document.
   */
  runs?: OrderRun[];
  /** What explain says of the indexes; one for each scan. */
  properties: (() => string)[];
}

/** Order fields that follow each other in one direction. */
export interface OrderRun {
  paths: FieldPath[];
  descending: boolean;
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
      ...compositeCandidates(this.catalog, this.mode, scope, equalities, orders, backward),
      ...fieldCandidates(this.mode, indexer, scope, equalities, orders, backward),
    ];
    const chosen = choose(candidates, equalities);
    const uncovered = equalities.filter((filter) => !chosen.some((c) => c.equalities.includes(filter)));
    const served = chosen.length > 0 || (equalities.length === 0 && orders.length === 0);
    // A vector search answers for its index itself; how its candidates are found is open.
    const strict = this.mode === 'production' && !query.findNearest;
    if (served && (uncovered.length === 0 || !strict)) {
      if (chosen.length === 0 && scope.scope === 'COLLECTION_GROUP') return undefined;
      if (chosen[0] && orders.some(({ descending }) => descending !== backward)) {
        return this.groupedPlan(query, chosen[0], filters, orders, scope);
      }
      return this.orderedPlan(query, chosen, others, uncovered, backward, scope);
    }
    if (strict) throw missingIndex(query, equalities, orders);
    return scope.scope === 'COLLECTION_GROUP' ? undefined : this.fallback(indexer, filters, scope);
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
        if (encodeOperand(filter.value).cut) residual.push(filter);
      }
    }
    let range: Range = { low: undefined, high: undefined };
    const first = suffix[0];
    for (const filter of others) {
      if (first && filter.path.text === first.path.text && isRange(filter.op)) {
        const { range: by, exact } = filterRange(filter);
        range = narrow(range, by);
        if (!exact) residual.push(filter);
      } else residual.push(filter);
    }
    const cursors = cursorRange(query, suffix, backward, end);
    const scans = chosen.map(({ prefix }) => makeScan(prefix, cursors ? narrow(range, cursors) : range));
    return {
      scans,
      backward,
      residual,
      ordered: cursors !== undefined || scans.length === 0,
      properties: chosen.map(({ properties }) => properties),
    };
  }

  /** One index, walked group by group: an order of mixed directions. */
  private groupedPlan(
    query: Query,
    candidate: Candidate,
    filters: readonly FieldFilter[],
    orders: readonly Order[],
    scope: PlanScope,
  ): Plan {
    const unbounded = { ...query, start: undefined, end: undefined };
    const covered = filters.filter((filter) => !isEquality(filter));
    const rest = filters.filter((filter) => isEquality(filter) && !candidate.equalities.includes(filter));
    const runs: OrderRun[] = [];
    const name = query.orders.filter(({ path }) => path.text === DOCUMENT_ID);
    for (const { path, descending } of [...orders, ...name]) {
      const run = runs.at(-1);
      if (run?.descending === descending) run.paths.push(path);
      else runs.push({ paths: [path], descending });
    }
    return { ...this.orderedPlan(unbounded, [candidate], covered, rest, false, scope), runs };
  }

  /** Without an index that gives the order: whatever narrows the candidates, to be sorted afterwards. */
  private fallback(indexer: Indexer, filters: readonly FieldFilter[], scope: PlanScope): Plan {
    const equalities = filters.filter(isEquality);
    const singles = fieldCandidates(this.mode, indexer, scope, equalities, [], false);
    const residual = [...filters];
    if (singles.length > 0) {
      const open: Range = { low: undefined, high: undefined };
      return {
        scans: singles.map(({ prefix }) => makeScan(prefix, open)),
        backward: false,
        residual,
        ordered: false,
        properties: singles.map(({ properties }) => properties),
      };
    }
    const ranged = filters.find(
      ({ path, op }) => isRange(op) && path.text !== DOCUMENT_ID && indexer.indexingOf(path).ascending,
    );
    if (!ranged) return { scans: [], backward: false, residual, ordered: false, properties: [] };
    const { range } = filterRange(ranged);
    const prefix = (to: ByteWriter) =>
      writeFieldPrefix(to, KeyKind.VALUE, scope.collectionId, ranged.path.text);
    return {
      scans: [makeScan(prefix, range)],
      backward: false,
      residual,
      ordered: false,
      properties: [() => `(${ranged.path.text} ASC, __name__ ASC)`],
    };
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

export function scopeOf(collection: Collection): PlanScope {
  return {
    group: collection.group,
    scope: 'COLLECTION',
    collectionId: collection.id,
    databaseId: collection.databaseId,
  };
}
