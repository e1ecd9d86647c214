import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WireQuery, WireTarget } from '../door/wire.ts';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';
import { DATABASE, Listener } from '../testing/testing-listener.ts';

/** What happens next: a commit, a receiver that is slow or ready again, a connection that is lost. */
type Step =
  | { kind: 'commit'; writes: { id: number; n: number | undefined }[] }
  | { kind: 'flood' }
  | { kind: 'full' | 'resume' | 'reconnect' | 'pause' };

const writeArbitrary = fc.record({
  id: fc.nat(9),
  n: fc.option(fc.nat(9), { nil: undefined, freq: 4 }),
});
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      writes: fc.uniqueArray(writeArbitrary, { minLength: 1, maxLength: 4, selector: ({ id }) => id }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('full', 'resume', 'reconnect', 'pause') }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'flood' }) },
);

const byN = [{ field: { fieldPath: 'n' } }];
const descending = [{ field: { fieldPath: 'n' }, direction: 'DESCENDING' }];
const upTo = (integerValue: number) => ({
  where: { fieldFilter: { field: { fieldPath: 'n' }, op: 'LESS_THAN_OR_EQUAL', value: { integerValue } } },
});
const QUERIES: WireQuery[] = [
  upTo(4),
  { orderBy: byN, limit: 3 },
  { orderBy: descending, limit: 2, ...upTo(7) },
  { orderBy: byN, offset: 2, limit: 2 },
  { orderBy: byN, startAt: { values: [{ integerValue: 3 }], before: true } },
];

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.dispose());

/** One client with all the queries, and every snapshot it has seen. */
class Client {
  readonly snapshots: { time: { seconds: number; nanos: number }; known: Map<number, string[]> }[] = [];
  private listener: Listener;
  private readonly parent: string;

  constructor(parent: string) {
    this.parent = parent;
    this.listener = this.connect(undefined);
  }

  /** The targets of a query and, as the last, of some documents. */
  private connect(before: Listener | undefined): Listener {
    const listener = new Listener(database.engine);
    const targets = QUERIES.map((query, i): WireTarget => ({ targetId: i + 1, query: this.queryOf(query) }));
    const names = [1, 2, 3].map((id) => `${this.parent}/rows/r${id}`);
    targets.push({ targetId: QUERIES.length + 1, documents: { documents: names } });
    for (const target of targets) {
      const id = target.targetId ?? 0;
      const known = before?.known.get(id);
      if (known) listener.known.set(id, new Map(known));
      listener.add({ ...target, resumeToken: before?.token });
    }
    listener.onSnapshot = () => this.remember(listener);
    this.remember(listener);
    return listener;
  }

  queryOf(query: WireQuery) {
    return { parent: this.parent, structuredQuery: { from: [{ collectionId: 'rows' }], ...query } };
  }

  private remember({ time, known }: Listener): void {
    if (!time) return;
    const versions = [...known].map(([id, documents]): [number, string[]] => [
      id,
      [...documents].map(([name, version]) => `${name} ${version}`).sort(),
    ]);
    this.snapshots.push({ time, known: new Map(versions) });
  }

  private commit(writes: { id: number | string; n: number | undefined }[]) {
    return database.engine.service.commit({
      database: DATABASE,
      writes: writes.map(({ id, n }) => {
        const name = `${this.parent}/rows/r${id}`;
        return n === undefined ? { delete: name } : { update: { name, fields: { n: { integerValue: n } } } };
      }),
    });
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'commit':
        await this.commit(step.writes);
        return;
      case 'flood':
        // More than is kept for a receiver that is slow.
        await this.commit(Array.from({ length: 1_100 }, (_, i) => ({ id: `flood${i}`, n: 20 + (i % 7) })));
        return;
      case 'full':
        this.listener.full = true;
        return;
      case 'resume':
        this.listener.resume();
        return;
      case 'reconnect':
        this.listener.close();
        this.listener = this.connect(this.listener);
        return;
      case 'pause':
        await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }

  end(): void {
    this.listener.take();
    this.listener.resume();
    this.listener.close();
  }

  /** What the targets had at a time, asked of the database. */
  async asked(readTime: { seconds: number; nanos: number }): Promise<Map<number, string[]>> {
    const found = new Map<number, string[]>();
    const version = (document: { name: string; updateTime: { seconds: number; nanos: number } }) =>
      `${document.name} ${document.updateTime.seconds}.${document.updateTime.nanos}`;
    for (const [i, query] of QUERIES.entries()) {
      const responses = await database.engine.service.runQuery({ ...this.queryOf(query), readTime });
      found.set(i + 1, [...responses].flatMap(({ document }) => (document ? version(document) : [])).sort());
    }
    const documents = [1, 2, 3].map((id) => `${this.parent}/rows/r${id}`);
    const responses = await database.engine.service.batchGetDocuments({
      database: DATABASE,
      documents,
      readTime,
    });
    found.set(
      QUERIES.length + 1,
      responses.flatMap((response) => (response.found ? version(response.found) : [])).sort(),
    );
    return found;
  }
}

test('at every snapshot a client knows exactly what the database held at its time', async () => {
  let run = 0;
  let snapshots = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { minLength: 3, maxLength: 20 }), async (steps) => {
      const client = new Client(`${DATABASE}/documents/replicas/${run++}`);
      for (const step of steps) await client.take(step);
      client.end();
      for (const { time, known } of client.snapshots) {
        expect(known).toEqual(await client.asked(time));
        snapshots++;
      }
    }),
    { numRuns: Number(process.env.FIRESTORE_REPLICA_RUNS ?? 40) },
  );
  expect(snapshots).toBeGreaterThan(100);
}, 120_000);
