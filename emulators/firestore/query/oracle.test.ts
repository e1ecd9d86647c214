import {
  type DocumentReference,
  FieldPath,
  FieldValue,
  Filter,
  type Firestore,
  GeoPoint,
  type Query,
  Timestamp,
} from '@google-cloud/firestore';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';

/**
 * The engine against an oracle: a list of documents in memory, filtered and sorted by code that shares nothing
 * with the engine and knows nothing of indexes.
 */
type Plain = Record<string, unknown>;

const VECTOR = FieldValue.vector([1]).constructor;

function rank(value: unknown): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number' && Number.isNaN(value)) return 2;
  if (typeof value === 'number' || typeof value === 'bigint') return 3;
  if (value instanceof Timestamp) return 4;
  if (typeof value === 'string') return 5;
  if (Buffer.isBuffer(value)) return 6;
  if (isReference(value)) return 7;
  if (value instanceof GeoPoint) return 8;
  if (Array.isArray(value)) return 9;
  return value instanceof VECTOR ? 10 : 11;
}

function isReference(value: unknown): value is DocumentReference {
  return typeof value === 'object' && value !== null && 'path' in value && 'firestore' in value;
}

function order(a: unknown, b: unknown): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (Buffer.isBuffer(a)) return Buffer.compare(a, b as Buffer);
  if (a instanceof Timestamp) return order(a.valueOf(), (b as Timestamp).valueOf());
  if (a instanceof GeoPoint) {
    const other = b as GeoPoint;
    return order(a.latitude, other.latitude) || order(a.longitude, other.longitude);
  }
  if (isReference(a)) return lists(a.path.split('/'), (b as DocumentReference).path.split('/'));
  if (Array.isArray(a)) return lists(a, b as unknown[]);
  if (a instanceof VECTOR) {
    const [x, y] = [a, b].map((v) => (v as ReturnType<typeof FieldValue.vector>).toArray());
    return (x?.length ?? 0) - (y?.length ?? 0) || lists(x ?? [], y ?? []);
  }
  if (typeof a === 'object' && a !== null) {
    const entries = (value: unknown) =>
      Object.entries(value as Plain)
        .sort(([x], [y]) => order(x, y))
        .flat();
    return lists(entries(a), entries(b));
  }
  const [x, y] = [a as number, b as number];
  return x < y ? -1 : x > y ? 1 : 0;
}

function lists(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const result = order(a[i], b[i]);
    if (result !== 0) return result;
  }
  return a.length - b.length;
}

const equal = (a: unknown, b: unknown) => order(a, b) === 0;

/** As operands of `in` and of the array operators, null and NaN match nothing. */
const matchable = (operand: unknown) => operand !== null && !Number.isNaN(operand);

type Condition = { field: string; op: FirebaseFirestore.WhereFilterOp; operand: unknown };

function satisfies(data: Plain, { field, op, operand }: Condition): boolean {
  if (!(field in data)) return false;
  const value = data[field];
  const many = operand as unknown[];
  switch (op) {
    case '==':
      return equal(value, operand);
    case '!=':
      return value !== null && !equal(value, operand);
    case 'in':
      return many.some((one) => matchable(one) && equal(value, one));
    case 'not-in':
      return value !== null && !many.includes(null) && !many.some((one) => equal(value, one));
    case 'array-contains':
      return Array.isArray(value) && value.some((one) => equal(one, operand));
    case 'array-contains-any':
      return (
        Array.isArray(value) &&
        value.some((one) => many.some((other) => matchable(other) && equal(one, other)))
      );
  }
  if (rank(value) !== rank(operand) || rank(operand) === 2) return false;
  const result = order(value, operand);
  return op === '<' ? result < 0 : op === '<=' ? result <= 0 : op === '>' ? result > 0 : result >= 0;
}

const FIELDS = ['a', 'b', 'c'];
const INEQUALITIES = ['<', '<=', '>', '>=', '!=', 'not-in'];

interface Spec {
  and: Condition[];
  or: Condition[];
  orders: { field: string; descending: boolean }[];
  limit: number;
  offset: number;
  start: number;
  after: boolean;
}

/** The full order of a query as the documentation describes it. */
function fullOrder({ and, or, orders }: Spec) {
  const result = [...orders];
  const descending = result.at(-1)?.descending ?? false;
  const implied = [...and, ...or].filter(({ op }) => INEQUALITIES.includes(op)).map(({ field }) => field);
  for (const field of [...new Set(implied)].sort()) {
    if (!result.some((one) => one.field === field)) result.push({ field, descending });
  }
  return { fields: result, descending: result.at(-1)?.descending ?? false };
}

function oracle(documents: Map<string, Plain>, spec: Spec): string[] {
  const { fields, descending } = fullOrder(spec);
  const found = [...documents].filter(
    ([, data]) =>
      fields.every(({ field }) => field in data) &&
      spec.and.every((condition) => satisfies(data, condition)) &&
      (spec.or.length === 0 || spec.or.some((condition) => satisfies(data, condition))),
  );
  found.sort(([idA, a], [idB, b]) => {
    for (const { field, descending: down } of fields) {
      const result = order(a[field], b[field]);
      if (result !== 0) return down ? -result : result;
    }
    return descending ? order(idB, idA) : order(idA, idB);
  });
  const from = spec.start === 0 ? 0 : Math.min(spec.start, found.length) - (spec.after ? 0 : 1);
  return found
    .slice(Math.max(from, 0))
    .slice(spec.offset, spec.offset + spec.limit)
    .map(([id]) => id);
}

function toQuery(query: Query, spec: Spec): Query {
  let result = query;
  for (const { field, op, operand } of spec.and) result = result.where(field, op, operand);
  if (spec.or.length > 0) {
    result = result.where(
      Filter.or(...spec.or.map(({ field, op, operand }) => Filter.where(field, op, operand))),
    );
  }
  for (const { field, descending } of spec.orders)
    result = result.orderBy(field, descending ? 'desc' : 'asc');
  return result;
}

function arbitraries(firestore: Firestore) {
  const scalar = fc.constantFrom<unknown>(
    null,
    false,
    true,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    -1.5,
    -0,
    0,
    1,
    1.5,
    2 ** 53,
    2n ** 53n + 1n,
    2 ** 53 + 2,
    -(2n ** 63n),
    -(2 ** 63),
    2n ** 63n - 1n,
    2 ** 63,
    new Timestamp(-1, 999_999_000),
    new Timestamp(0, 0),
    new Timestamp(0, 1000),
    '',
    'a',
    'ab',
    'a\0',
    'a\0b',
    'é',
    '\uffee',
    '😀',
    Buffer.from([]),
    Buffer.from([0]),
    Buffer.from([0, 255]),
    Buffer.from([255]),
    firestore.doc('x/1'),
    firestore.doc('x/1/y/2'),
    firestore.doc('x0/1'),
    new GeoPoint(-1, 2),
    new GeoPoint(1, -2),
  );
  const element = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<unknown>(0, 1, 2, 'a', 'b') },
    { weight: 2, arbitrary: scalar },
  );
  const value = fc.oneof(
    { weight: 5, arbitrary: element },
    { weight: 2, arbitrary: fc.array(element, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('k', 'l', 'é'), element, { maxKeys: 2 }) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(1, 2.5), { minLength: 1, maxLength: 3 })
        .map((v) => FieldValue.vector(v)),
    },
  );
  const field = fc.constantFrom(...FIELDS);
  const document = fc.dictionary(field, value, { maxKeys: 3 });
  const list = fc.array(element, { minLength: 1, maxLength: 3 });
  const condition: fc.Arbitrary<Condition> = fc.oneof(
    fc.record({ field, op: fc.constant('==' as const), operand: value }),
    fc.record({
      field,
      op: fc.constantFrom('<', '<=', '>', '>=', '!=') as fc.Arbitrary<Condition['op']>,
      operand: value,
    }),
    fc.record({
      field,
      op: fc.constantFrom('in', 'array-contains-any') as fc.Arbitrary<Condition['op']>,
      operand: list,
    }),
    fc.record({ field, op: fc.constant('array-contains' as const), operand: element }),
    fc.record({ field, op: fc.constant('not-in' as const), operand: list }),
  );
  // The client accepts only == and != for null and NaN, and one `not-in` without other disjunctions.
  const valid = ({ and, or }: { and: Condition[]; or: Condition[] }) => {
    const all = [...and, ...or];
    const special = all.some(
      ({ op, operand }) =>
        ['<', '<=', '>', '>=', 'array-contains'].includes(op) && (operand === null || Number.isNaN(operand)),
    );
    const negative = all.filter(({ op }) => op === 'not-in' || op === '!=').length;
    const multiple = all.some(({ op }) => op.endsWith('any') || op === 'in') || or.length > 0;
    const terms = ({ op, operand }: Condition) =>
      op === 'in' || op.endsWith('any') ? (operand as unknown[]).length : 1;
    const disjunctions =
      and.reduce((product, one) => product * terms(one), 1) *
      Math.max(
        1,
        or.reduce((sum, one) => sum + terms(one), 0),
      );
    const contains = (conditions: Condition[]) =>
      conditions.filter(({ op }) => op.startsWith('array')).length;
    const perTerm = contains(and) + Math.min(contains(or), 1);
    return disjunctions <= 30 && !special && negative <= 1 && !(negative === 1 && multiple) && perTerm <= 1;
  };
  const filters = fc
    .record({
      and: fc.array(condition, { maxLength: 3 }),
      or: fc.oneof(fc.constant<Condition[]>([]), fc.array(condition, { minLength: 2, maxLength: 3 })),
    })
    .filter(valid);
  const spec: fc.Arbitrary<Spec> = fc
    .tuple(
      filters,
      fc.record({
        orders: fc.uniqueArray(fc.record({ field, descending: fc.boolean() }), {
          maxLength: 2,
          selector: (one) => one.field,
        }),
        limit: fc.constantFrom(1, 2, 5, 100),
        offset: fc.constantFrom(0, 0, 1),
        start: fc.constantFrom(0, 0, 1, 3),
        after: fc.boolean(),
      }),
    )
    .map(([conditions, rest]) => ({ ...conditions, ...rest }));
  return {
    documents: fc.array(document, { minLength: 1, maxLength: 12 }),
    specs: fc.array(spec, { minLength: 4, maxLength: 8 }),
  };
}

let database: TestDatabase;
const indexes = {
  indexes: [
    'a ASCENDING,b ASCENDING',
    'a ASCENDING,b DESCENDING',
    'b ASCENDING,c DESCENDING',
    'c ASCENDING,a ASCENDING,b DESCENDING',
  ].map((text) => ({
    collectionGroup: 'rows',
    fields: text.split(',').map((part) => {
      const [fieldPath, order] = part.split(' ');
      return { fieldPath, order };
    }),
  })),
};
indexes.indexes.push({
  collectionGroup: 'rows',
  fields: [{ fieldPath: 'c', arrayConfig: 'CONTAINS' } as never, { fieldPath: 'a', order: 'ASCENDING' }],
});

beforeAll(async () => {
  database = await openTestDatabase({ indexMode: 'automatic', indexes });
  // Otherwise the client rounds the integers of the documents that serve as cursors.
  database.firestore.settings({ useBigInt: true });
});
afterAll(() => database.dispose());

describe('queries', () => {
  test('agree with a naive oracle, whatever the documents, filters, orders and cursors', async () => {
    const { firestore } = database;
    const { documents, specs } = arbitraries(firestore);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(documents, specs, async (rows, queries) => {
        const collection = firestore.collection(`runs/${run++}/rows`);
        const stored = new Map(rows.map((data, i) => [`d${i}`, data]));
        const batch = firestore.batch();
        for (const [id, data] of stored) batch.set(collection.doc(id), data);
        await batch.commit();
        for (const spec of queries) {
          let query = toQuery(collection, spec);
          if (spec.start > 0) {
            const unbounded = oracle(stored, { ...spec, start: 0, offset: 0, limit: 1000 });
            const id = unbounded[Math.min(spec.start, unbounded.length) - 1];
            const cursor = id ? await collection.doc(id).get() : undefined;
            if (cursor) query = spec.after ? query.startAfter(cursor) : query.startAt(cursor);
          }
          const found = await query.offset(spec.offset).limit(spec.limit).get();
          expect(found.docs.map(({ id }) => id)).toEqual(oracle(stored, spec));
        }
      }),
      { numRuns: Number(process.env.FIRESTORE_ORACLE_RUNS ?? 150) },
    );
    expect(database.engine.check()).toEqual({ ok: true, problems: [] });
  }, 120_000);

  test('documents that changed keep exactly the index entries of their last state', async () => {
    const { firestore } = database;
    const { documents } = arbitraries(firestore);
    await fc.assert(
      fc.asyncProperty(documents, async (versions) => {
        const ref = firestore.doc('changing/rows/rows/one');
        for (const data of versions) await ref.set(data);
        const found = await ref.parent.orderBy(FieldPath.documentId()).get();
        expect(found.docs.map((doc) => doc.ref.path)).toEqual([ref.path]);
      }),
      { numRuns: 40 },
    );
    expect(database.engine.check()).toEqual({ ok: true, problems: [] });
  }, 60_000);
});
