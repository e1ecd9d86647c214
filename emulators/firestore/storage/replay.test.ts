import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WireQuery } from '../door/wire.ts';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';
import { type Timestamp, toMicros } from '../values/values.ts';

const DATABASE = 'projects/test/databases/(default)';
const ids = ['a', 'b', 'c', 'd', 'e'];

interface Row {
  group: number;
  n: number;
}
type Rows = ReadonlyMap<string, Row>;

/** One read of a transaction, and what it found as text. */
type Read =
  | { kind: 'get'; id: string }
  | { kind: 'group' | 'count'; group: number }
  | { kind: 'lowest'; upTo: number; limit: number };
type Write = { kind: 'set'; id: string; row: Row } | { kind: 'delete'; id: string };

interface Plan {
  reads: Read[];
  writes: Write[];
  /** Writes outside of transactions. */
  plain: boolean;
  pauses: number[];
}

interface Done {
  time: number;
  seen: { read: Read; found: string }[];
  writes: Write[];
}

const textOf = (id: string, { group, n }: Row) => `${id}:${group}:${n}`;

/** What a read finds when the rows are these. */
function expected(rows: Rows, read: Read): string {
  const all = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  switch (read.kind) {
    case 'get': {
      const row = rows.get(read.id);
      return row ? textOf(read.id, row) : 'missing';
    }
    case 'count':
      return String(all.filter(([, { group }]) => group === read.group).length);
    case 'group':
      return all.flatMap(([id, row]) => (row.group === read.group ? textOf(id, row) : [])).join();
    case 'lowest':
      return all
        .filter(([, { n }]) => n <= read.upTo)
        .sort(([, a], [, b]) => a.n - b.n)
        .slice(0, read.limit)
        .map(([id, row]) => textOf(id, row))
        .join();
  }
}

const idArbitrary = fc.constantFrom(...ids);
const groupArbitrary = fc.integer({ min: 0, max: 2 });
const readArbitrary: fc.Arbitrary<Read> = fc.oneof(
  fc.record({ kind: fc.constant('get' as const), id: idArbitrary }),
  fc.record({ kind: fc.constantFrom('group' as const, 'count' as const), group: groupArbitrary }),
  fc.record({
    kind: fc.constant('lowest' as const),
    upTo: fc.integer({ min: 0, max: 4 }),
    limit: fc.integer({ min: 1, max: 3 }),
  }),
);
const writeArbitrary: fc.Arbitrary<Write> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    id: idArbitrary,
    row: fc.record({ group: groupArbitrary, n: fc.integer({ min: 0, max: 4 }) }),
  }),
  fc.record({ kind: fc.constant('delete' as const), id: idArbitrary }),
);
const planArbitrary: fc.Arbitrary<Plan> = fc.record({
  reads: fc.array(readArbitrary, { minLength: 1, maxLength: 3 }),
  writes: fc.uniqueArray(writeArbitrary, { maxLength: 3, selector: ({ id }) => id }),
  plain: fc.boolean(),
  pauses: fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
});

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.dispose());

/** Runs plans against one collection of the engine, call by call. */
class Runner {
  private readonly parent: string;

  constructor(run: number) {
    this.parent = `${DATABASE}/documents/runs/${run}`;
  }

  private nameOf(id: string): string {
    return `${this.parent}/rows/${id}`;
  }

  private queryOf(read: Exclude<Read, { kind: 'get' }>): WireQuery {
    const from = [{ collectionId: 'rows' }];
    const filter = (fieldPath: string, op: string, integerValue: number) => ({
      fieldFilter: { field: { fieldPath }, op, value: { integerValue } },
    });
    if (read.kind !== 'lowest') return { from, where: filter('group', 'EQUAL', read.group) };
    return { from, where: filter('n', 'LESS_THAN_OR_EQUAL', read.upTo), limit: read.limit };
  }

  private async read(read: Read, transaction: Buffer): Promise<string> {
    const { service } = database.engine;
    const asText = (document: { name: string; fields: object }) => {
      const value = (field: string) => Number(Reflect.get(document.fields, field)?.integerValue);
      const id = document.name.split('/').at(-1) ?? '';
      return textOf(id, { group: value('group'), n: value('n') });
    };
    if (read.kind === 'get') {
      const request = { database: DATABASE, documents: [this.nameOf(read.id)], transaction };
      const [response] = await service.batchGetDocuments(request);
      return response?.found ? asText(response.found) : 'missing';
    }
    const structuredQuery = this.queryOf(read);
    const request = { parent: this.parent, transaction };
    if (read.kind === 'count') {
      const aggregations = [{ alias: 'n', count: {} }];
      const structuredAggregationQuery = { structuredQuery, aggregations };
      const [response] = await service.runAggregationQuery({ ...request, structuredAggregationQuery });
      const count = response && 'result' in response ? response.result?.aggregateFields.n : undefined;
      return count?.valueType === 'integerValue' ? String(count.integerValue) : '';
    }
    const responses = await service.runQuery({ ...request, structuredQuery });
    return [...responses].flatMap(({ document }) => (document ? asText(document) : [])).join();
  }

  /** What the plan saw and when it was committed; undefined when it was aborted. */
  async execute({ reads, writes, plain, pauses }: Plan): Promise<Done | undefined> {
    const { service } = database.engine;
    const pause = async (i: number) => {
      for (let n = pauses[i] ?? 0; n > 0; n--) await new Promise((resolve) => setImmediate(resolve));
    };
    const wire = writes.map((write) =>
      write.kind === 'delete'
        ? { delete: this.nameOf(write.id) }
        : {
            update: {
              name: this.nameOf(write.id),
              fields: { group: { integerValue: write.row.group }, n: { integerValue: write.row.n } },
            },
          },
    );
    const seen: Done['seen'] = [];
    const commit = async (transaction?: Buffer): Promise<Done> => {
      const { commitTime } = await service.commit({ database: DATABASE, writes: wire, transaction });
      return { time: toMicros(commitTime as Timestamp), seen, writes };
    };
    await pause(0);
    if (plain) return commit();
    const { token } = service.beginTransaction({ database: DATABASE });
    try {
      for (const [i, read] of reads.entries()) {
        seen.push({ read, found: await this.read(read, token) });
        await pause(i + 1);
      }
      return await commit(token);
    } catch (error) {
      expect(error).toMatchObject({ code: 10 });
      return undefined;
    }
  }
}

test('replayed one after the other in the order of their commits, all transactions see what they saw', async () => {
  let run = 0;
  let aborted = 0;
  let committed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(planArbitrary, { minLength: 2, maxLength: 10 }), async (plans) => {
      const runner = new Runner(run++);
      const outcomes = await Promise.all(plans.map((plan) => runner.execute(plan)));
      const history = outcomes.filter((done) => done !== undefined).sort((a, b) => a.time - b.time);
      aborted += plans.length - history.length;
      committed += history.length;
      const rows = new Map<string, Row>();
      for (const { seen, writes } of history) {
        for (const { read, found } of seen) {
          expect({ ...read, found }).toEqual({ ...read, found: expected(rows, read) });
        }
        for (const write of writes) {
          if (write.kind === 'set') rows.set(write.id, write.row);
          else rows.delete(write.id);
        }
      }
    }),
    { numRuns: Number(process.env.FIRESTORE_REPLAY_RUNS ?? 200) },
  );
  // The plans do get into each other's way, and most of them get through.
  expect(aborted).toBeGreaterThan(0);
  expect(aborted).toBeLessThan(committed);
}, 120_000);
