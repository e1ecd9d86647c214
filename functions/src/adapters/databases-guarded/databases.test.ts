import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';
import type { DatabaseQuery, DatabaseRow } from '../../kernel/ports/databases.ts';
import { createTestAuthority } from '../../kernel/testing/certificate.ts';
import { createDatasetWorld } from '../../modules/datasets/datasets.fixture.ts';
import { createGuardedDatabases } from './index.ts';
import { withPlaceholder } from './query.ts';
import {
  MARIADB_SERVER,
  PASSWORD,
  POSTGRES_BIN,
  startMariaDb,
  startPostgres,
  type TestServer,
  USER,
} from './servers.fixture.ts';
import { MARIADB_SETUP, POSTGRES_SETUP } from './setup.fixture.ts';

const authority = createTestAuthority();
const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
const databases = createGuardedDatabases({ allow: 'db.test', resolve });

async function all(rows: AsyncIterable<readonly DatabaseRow[]>): Promise<DatabaseRow[]> {
  const found: DatabaseRow[] = [];
  for await (const batch of rows) found.push(...batch);
  return found;
}

const KINDS = [
  {
    engine: 'postgres',
    database: 'postgres',
    start: startPostgres,
    setup: POSTGRES_SETUP,
    found: POSTGRES_BIN,
  },
  { engine: 'mysql', database: 'shop', start: startMariaDb, setup: MARIADB_SETUP, found: MARIADB_SERVER },
] as const;

describe.each(KINDS.filter(({ found }) => found))(
  'queries to $engine',
  ({ engine, database, start, setup }) => {
    let server: TestServer;
    beforeAll(async () => {
      server = await start(setup, authority.issue('db.test'));
    });
    afterAll(() => server?.close());

    const query = (sql: string, more: Partial<DatabaseQuery> = {}): DatabaseQuery => ({
      engine,
      host: 'db.test',
      port: server.port,
      database,
      user: USER,
      password: PASSWORD,
      tls: { verify: true, ca: authority.cert },
      sql,
      timeoutMs: 30_000,
      maxRows: 1_000_000,
      ...more,
    });
    const ask = (sql: string, more: Partial<DatabaseQuery> = {}) => all(databases.read(query(sql, more)));

    it('lose nothing of any type', async () => {
      const [second, first] = await ask('SELECT * FROM things ORDER BY id');
      const common = {
        amount: '12345678901234567890.12345678901234567890',
        ratio: 0.1,
        small: 0.1,
        day: '2024-02-29',
        at: '2024-02-29T23:59:59.123456',
        raw: 'AP8Q',
        note: '',
        mood: 'wild',
        gone: null,
      };
      expect(first).toEqual(
        engine === 'postgres'
          ? {
              ...common,
              id: '9007199254740993',
              ok: true,
              zoned: '2024-03-30T23:30:00.5Z',
              doc: '{"a": 9007199254740993, "b": [1]}',
              tags: '["x\\"y",null,"ü,"]',
              numbers: '["9007199254740993"]',
            }
          : {
              ...common,
              id: '18446744073709551615',
              ok: 1,
              zoned: '2024-03-30T23:30:00.500000Z',
              doc: '{"a": 9007199254740993}',
            },
      );
      expect(second).toMatchObject(
        engine === 'postgres'
          ? {
              id: '2',
              amount: 'NaN',
              ratio: 'Infinity',
              small: -0.5,
              ok: false,
              day: '0044-03-15 BC',
              at: null,
              doc: '5',
              tags: '[]',
              raw: '',
              note: "it's :since",
            }
          : {
              id: '2',
              ratio: -1e300,
              small: 16777216,
              day: '1000-01-01',
              at: null,
              doc: '5',
              raw: '',
              note: 'ü',
            },
      );
    });

    it('stream, and end when nobody reads on', async () => {
      let rows = 0;
      let largest = 0;
      for await (const batch of databases.read(query('SELECT * FROM many'))) {
        rows += batch.length;
        largest = Math.max(largest, batch.length);
        if (rows > 2_000) break;
      }
      expect(rows).toBeLessThan(3_000);
      expect(largest).toBeLessThanOrEqual(500);
      expect(await ask('SELECT id FROM many')).toHaveLength(60_000);
      await expect(ask('SELECT id FROM many', { maxRows: 59_999 })).rejects.toThrow(/more than 59999 rows/);
    });

    it('bind where the last run ended', async () => {
      const sql = `SELECT id, ':since' AS text /* :since */ FROM many WHERE id > :since AND id < 60001 ORDER BY id`;
      const since = { kind: 'number', value: '59998' } as const;
      expect(await ask(sql, { since })).toMatchObject([{ text: ':since' }, { text: ':since' }]);
      expect(await ask(sql, { since: { kind: 'number' } })).toHaveLength(60_000);
      const times = 'SELECT at FROM things WHERE at > :since';
      expect(
        await ask(times, { since: { kind: 'time', value: '2024-02-29T23:59:59.123455Z' } }),
      ).toHaveLength(1);
      expect(
        await ask(times, { since: { kind: 'time', value: '2024-02-29T23:59:59.123456Z' } }),
      ).toHaveLength(0);
      expect(await ask(times, { since: { kind: 'time' } })).toHaveLength(1);
      const injected = { kind: 'text', value: "' OR '1'='1" } as const;
      expect(await ask('SELECT note FROM things WHERE note = :since', { since: injected })).toEqual([]);
    });

    it.each([
      ['what is wrong with the query', 'SELECT nothing FROM things', {}, 'DatabaseRefused', /nothing/],
      [
        'two columns of one name',
        'SELECT id, id FROM things',
        {},
        'DatabaseRefused',
        /two columns called id/,
      ],
      ['what is no query', 'DELETE FROM things', {}, 'DatabaseRefused', /Write one SELECT/],
      ['what writes files', "SELECT 'x' INTO /**/ OUTFILE '/tmp/x'", {}, 'DatabaseRefused', /write files/],
      ['a wrong password', 'SELECT 1', { password: 'x' }, 'DatabaseRefused', /reader/],
      [
        'a server nobody vouches for',
        'SELECT 1',
        { tls: { verify: true } },
        'DatabaseRefused',
        /certificate/,
      ],
      [
        'an address of one’s own',
        'SELECT 1',
        { host: '127.0.0.1', tls: { verify: false } },
        'DatabaseRefused',
        /public internet/,
      ],
      ['a port where nobody is', 'SELECT 1', { port: 1 }, 'DatabaseFailed', /./],
    ] as const)('say %s', async (_what, sql, more, name, message) => {
      await expect(ask(sql, more)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    });

    it('check the name of the server, unless that is turned off', async () => {
      const other = createGuardedDatabases({ allow: 'other.test', resolve });
      const wrong = query('SELECT 1 AS one', { host: 'other.test' });
      await expect(all(other.read(wrong))).rejects.toMatchObject({ name: 'DatabaseRefused' });
      const plain = { ...wrong, tls: { verify: false } } as const;
      expect(await all(other.read(plain))).toEqual([{ one: 1 }]);
    });

    it('are a source: looked at, loaded, and read on from where the last run ended', async () => {
      const world = await createDatasetWorld({ ports: { databases } });
      const { password, host, port, database: shop, user, maxRows } = query('');
      const config = (last: number) => ({
        ...{ kind: engine, host, port, database: shop, user, maxRows },
        ca: authority.cert,
        query: `SELECT id, text FROM many WHERE id > :since AND id <= ${last} ORDER BY id`,
      });
      const secrets = { password };
      const tried = { config: config(10), secrets };
      const { body: looked } = await world.call('POST', '/api/datasets/sources/preview', tried);
      expect(looked).toMatchObject({
        rows: 10,
        columns: [{ source: 'id', type: 'integer' }, { source: 'text' }],
      });
      const columns = looked.columns.map(({ source, name, type }: Record<string, string>) => ({
        source,
        name,
        type,
      }));
      const datasetId = await world.dataset(columns);
      const incremental = { field: 'id', kind: 'number' };
      const { body: source } = await world.call('POST', '/api/datasets/sources', {
        ...{ name: 'Orders', datasetId, mode: 'append', incremental },
        ...{ config: config(1_000), secrets },
      });
      expect(JSON.stringify(source)).not.toContain(password);
      const run = async (): Promise<unknown> => {
        const { body: load } = await world.call('POST', '/api/datasets/sources/run', { id: source.id });
        await runDueJobs(world.platform.app);
        const { body } = await world.call('GET', `/api/datasets/loads/${load.id}`);
        return [body.state, body.rows, body.error];
      };
      expect(await run()).toEqual(['done', 1_000, undefined]);
      await world.call('PATCH', `/api/datasets/sources/${source.id}`, { config: config(1_500) });
      expect(await run()).toEqual(['done', 500, undefined]);
      expect(await run()).toEqual(['done', 0, undefined]);
      await world.call('PATCH', `/api/datasets/sources/${source.id}`, {
        config: { ...config(1_500), query: 'SELECT nothing FROM many' },
      });
      expect(await run()).toEqual(['failed', undefined, expect.stringMatching(/nothing/)]);
      expect((await world.call('GET', `/api/datasets/datasets/${datasetId}`)).body.rows).toBe(1_500);
      const refused = await world.call('PATCH', `/api/datasets/sources/${source.id}`, {
        config: { ...config(1), host: '127.0.0.1' },
      });
      expect(refused.status).toBe(422);
      await world.close();
    });

    it('write nothing, take no longer than they may, and end when they are stopped', async () => {
      const writing =
        engine === 'postgres'
          ? 'WITH gone AS (DELETE FROM things RETURNING id) SELECT * FROM gone'
          : 'SELECT nextval(numbers)';
      await expect(ask(writing)).rejects.toThrow();
      expect(await ask('SELECT id FROM things')).toHaveLength(2);
      const slow = engine === 'postgres' ? 'SELECT pg_sleep(60)' : 'SELECT sleep(60) FROM things';
      await expect(ask(slow, { timeoutMs: 200 })).rejects.toMatchObject({
        name: 'DatabaseFailed',
        message: 'The query took longer than it may.',
      });
      const ending = new AbortController();
      const reading = all(databases.read(query(slow), ending.signal));
      setTimeout(() => ending.abort(new Error('stopped')), 300);
      await expect(reading).rejects.toThrow('stopped');
    });
  },
);

describe('the placeholder', () => {
  it.each([
    [
      'postgres',
      'SELECT \':since\', $$ :since $$, a::since, ":since" -- :since\nFROM t WHERE x > :since;',
      1,
    ],
    [
      'mysql',
      "SELECT 'it\\'s :since', `:since`, \":since\" # :since\nFROM t WHERE x > :since OR y > :since",
      2,
    ],
  ] as const)('stands where %s has no text, name or comment', (engine, sql, places) => {
    const found = withPlaceholder(sql, engine, '?');
    expect(found.places).toBe(places);
    expect(found.text.match(/:since/g)?.length).toBe(engine === 'postgres' ? 5 : 4);
  });
});
