import type { FieldFilter } from '../query/filters.ts';
import { encodeOperand } from '../query/positions.ts';
import type { Order } from '../query/query.ts';
import type { Catalog, DeclaredIndex } from '../storage/catalog.ts';
import type { ByteWriter } from '../values/byte-writer.ts';
import type { Value } from '../values/values.ts';
import type { IndexField, IndexScope } from './index-config.ts';
import { type Indexer, KeyKind, writeCompositePrefix, writeFieldPrefix } from './indexer.ts';

export type IndexMode = 'production' | 'automatic';

/** Where a plan looks: one collection, or all collections of a group in a database. */
export interface PlanScope {
  group: string;
  scope: IndexScope;
  collectionId: number;
  databaseId: number;
}

/** An index that could serve, with the equality filters it uses up. */
export interface Candidate {
  prefix: (writer: ByteWriter) => void;
  equalities: FieldFilter[];
  suffix: IndexField[];
  /** For explain: the fields with their directions. */
  properties: () => string;
}

function describe(equalities: readonly FieldFilter[], orders: readonly Order[], backward: boolean): string {
  const direction = (descending: boolean) => (descending ? 'DESC' : 'ASC');
  const parts = [
    ...equalities.map(({ path, op }) => `${path.text} ${op === '==' ? 'ASC' : 'CONTAINS'}`),
    ...orders.map(({ path, descending }) => `${path.text} ${direction(descending)}`),
    `__name__ ${direction(backward)}`,
  ];
  return `(${parts.join(', ')})`;
}

export function compositeCandidates(
  catalog: Catalog,
  mode: IndexMode,
  scope: PlanScope,
  equalities: readonly FieldFilter[],
  orders: readonly Order[],
  backward: boolean,
): Candidate[] {
  const found: Candidate[] = [];
  for (const declared of catalog.declared.get(scope.group) ?? []) {
    if (declared.definition.scope !== scope.scope) continue;
    const candidate = compositeCandidate(mode, declared, scope, equalities, orders, backward);
    if (candidate) found.push(candidate);
  }
  return found;
}

function compositeCandidate(
  mode: IndexMode,
  { composite, definition }: DeclaredIndex,
  scope: PlanScope,
  equalities: readonly FieldFilter[],
  orders: readonly Order[],
  backward: boolean,
): Candidate | undefined {
  const lead = composite.fields.length - orders.length;
  if (lead < 0) return undefined;
  const named = definition.nameDescending ?? definition.fields.at(-1)?.descending ?? false;
  if (mode === 'production' && orders.length > 0 && named !== backward) return undefined;
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
    return mode === 'automatic' || declared[i]?.descending === descending;
  });
  if (!fits) return undefined;
  const prefix = (to: ByteWriter) => {
    writeCompositePrefix(to, composite, scope.collectionId, scope.databaseId);
    for (const value of values) to.bytes(encodeOperand(value).key);
  };
  return { prefix, equalities: used, suffix, properties: () => describe(used, orders, backward) };
}

/** The automatic indexes: on one equality, ordered by name; or on one order field. */
export function fieldCandidates(
  mode: IndexMode,
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
          to.bytes(encodeOperand(filter.value).key);
        },
        equalities: [filter],
        suffix: [],
        properties: () => describe([filter], [], backward),
      }));
  }
  const order = orders[0];
  if (!order || orders.length > 1) return [];
  // Production's automatic indexes sort the name like the field.
  if (mode === 'production' && order.descending !== backward) return [];
  const indexing = indexer.indexingOf(order.path);
  const indexed =
    mode === 'automatic'
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
      properties: () => describe([], orders, backward),
    },
  ];
}

/** Takes the index that covers most, then others while they cover more. */
export function choose(candidates: readonly Candidate[], equalities: readonly FieldFilter[]): Candidate[] {
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
