import { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud, type TestCloud } from '../testing.ts';

let cloud: TestCloud;
let client: BigQuery;

beforeAll(async () => {
  cloud = await startTestCloud({ limits: { timeoutMs: 20_000, maxRows: 200_000 } });
  client = cloud.client;
  await client.createDataset('d');
});
afterAll(() => cloud.close());

const rowsOf = async (sql: string, params?: object): Promise<unknown[]> =>
  (await client.query({ query: sql, ...(params && { params }) }))[0];
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('parameters of every type, by name and by position', async () => {
  const [[row]] = await client.query({
    query: `SELECT @int AS i, @float AS f, @text AS t, @bool AS b, @bytes AS y, @date AS d, @datetime AS dt, @time AS tm,
      @at AS ts, @list AS l, @struct.a AS a, @struct.b[OFFSET(1)] AS b1, @none IS NULL AS n, @none AS none, @numeric AS num`,
    params: {
      int: 5,
      float: 1.5,
      text: 'it\'s \\ ; -- "x"',
      bool: true,
      bytes: Buffer.from([0, 255]),
      date: BigQuery.date('2020-01-02'),
      datetime: BigQuery.datetime('2020-01-02T03:04:05'),
      time: BigQuery.time('03:04:05'),
      at: new Date('2020-01-02T03:04:05.678Z'),
      list: ['a', "b'"],
      struct: { a: 'x', b: [1, 2] },
      none: null,
      numeric: '1.25',
    },
    types: {
      none: 'INT64',
      numeric: 'NUMERIC',
      int: 'INT64',
      float: 'FLOAT64',
      text: 'STRING',
      bool: 'BOOL',
      bytes: 'BYTES',
      date: 'DATE',
      datetime: 'DATETIME',
      time: 'TIME',
      at: 'TIMESTAMP',
      list: ['STRING'],
      struct: { a: 'STRING', b: ['INT64'] },
    } as never,
  });
  expect(plain(row)).toEqual({
    i: 5,
    f: 1.5,
    t: 'it\'s \\ ; -- "x"',
    b: true,
    y: { type: 'Buffer', data: [0, 255] },
    d: { value: '2020-01-02' },
    dt: { value: '2020-01-02T03:04:05' },
    tm: { value: '03:04:05' },
    ts: { value: '2020-01-02T03:04:05.678Z' },
    l: ['a', "b'"],
    a: 'x',
    b1: 2,
    n: true,
    none: null,
    num: '1.25',
  });
  expect(
    await client
      .query({ query: 'SELECT ? + ? AS x, ARRAY_LENGTH(?) AS n', params: [1, 2, [3, 4]] })
      .then(([rows]) => rows),
  ).toEqual([{ x: 3, n: 2 }]);
  await expect(client.query({ query: 'SELECT ?', params: [1, 2] })).rejects.toThrow(
    /Incorrect number of parameters/,
  );
  await expect(client.query({ query: 'SELECT @b', params: { a: 1 } })).rejects.toThrow(
    /Query parameter 'b' not found/,
  );
  expect(
    (await client.query({ query: 'SELECT 9007199254740993 AS big' }, { wrapIntegers: true }))[0][0].big.value,
  ).toBe('9007199254740993');
});

test('answers are paged; streams read them all', async () => {
  const sql = 'SELECT x FROM UNNEST(GENERATE_ARRAY(1, 25000)) AS x ORDER BY x';
  const all = await rowsOf(sql);
  expect([all.length, all[0], all.at(-1)]).toEqual([25_000, { x: 1 }, { x: 25_000 }]);
  const [job] = await client.createQueryJob(sql);
  const [page, next, response] = await job.getQueryResults({ maxResults: 10, autoPaginate: false });
  expect([page.length, next?.pageToken, response?.totalRows]).toEqual([10, '10', '25000']);
  const [second] = await job.getQueryResults({ ...next, maxResults: 5, autoPaginate: false });
  expect(second.map((row) => row.x)).toEqual([11, 12, 13, 14, 15]);
  let count = 0;
  for await (const _ of client.createQueryStream(sql)) count += 1;
  expect(count).toBe(25_000);
  await expect(client.query('SELECT a FROM UNNEST(GENERATE_ARRAY(1, 250000)) AS a')).rejects.toMatchObject({
    errors: [{ reason: 'responseTooLarge' }],
  });
});

test('a dry run tells bytes and schema and runs nothing; too many bytes are refused', async () => {
  await client.query(
    'CREATE TABLE d.sized AS SELECT x AS id, CONCAT("n", CAST(x AS STRING)) AS name FROM UNNEST(GENERATE_ARRAY(0, 9)) AS x',
  );
  const [job] = await client.createQueryJob({ query: 'SELECT id FROM d.sized', dryRun: true });
  expect(job.metadata).toMatchObject({
    status: { state: 'DONE' },
    statistics: {
      totalBytesProcessed: '80',
      query: { statementType: 'SELECT', schema: { fields: [{ name: 'id', type: 'INTEGER' }] } },
    },
  });
  const [both] = await client.createQueryJob({ query: 'SELECT * FROM d.sized', dryRun: true });
  expect(both.metadata.statistics.totalBytesProcessed).toBe('120');
  await client.createQueryJob({ query: 'DELETE FROM d.sized WHERE TRUE', dryRun: true });
  expect(await rowsOf('SELECT COUNT(*) AS n FROM d.sized')).toEqual([{ n: 10 }]);
  await expect(
    client.query({ query: 'SELECT * FROM d.sized', maximumBytesBilled: '100' }),
  ).rejects.toMatchObject({ errors: [{ reason: 'bytesBilledLimitExceeded' }] });
});

test('errors have the reasons, codes and places of BigQuery', async () => {
  await expect(client.query('SELECT\n  foo')).rejects.toMatchObject({
    code: 400,
    message: 'Unrecognized name: foo at [2:3]',
    errors: [{ reason: 'invalidQuery', location: 'query' }],
  });
  await expect(client.query('SELECT * FROM d.absent')).rejects.toMatchObject({
    code: 404,
    message: 'Not found: Table p:d.absent',
    errors: [{ reason: 'notFound' }],
  });
  await expect(client.query('CREATE TABLE d.sized (a INT64)')).rejects.toMatchObject({
    errors: [{ reason: 'duplicate' }],
  });
  await expect(
    client
      .createQueryJob({ query: 'SELECT 1 / (x - x) FROM UNNEST([1]) AS x', jobId: 'fails' })
      .then(([job]) => job.getQueryResults()),
  ).rejects.toThrow(/division by zero/);
  const failed = client.job('fails');
  expect((await failed.getMetadata())[0].status).toMatchObject({
    state: 'DONE',
    errorResult: { reason: 'invalidQuery', message: 'division by zero' },
  });
  await expect(client.createQueryJob({ query: 'SELECT 1', jobId: 'fails' })).rejects.toMatchObject({
    code: 409,
  });
  await expect(client.job('absent').getMetadata()).rejects.toMatchObject({ code: 404 });
});

test('a repeated request finds the job that it began', async () => {
  await client.query('CREATE TABLE d.once (a INT64)');
  const send = async () => {
    const body = JSON.stringify({
      query: 'INSERT INTO d.once VALUES (1)',
      useLegacySql: false,
      requestId: 'r-1',
    });
    return (await fetch(`${cloud.address}/bigquery/v2/projects/p/queries`, { method: 'POST', body })).json();
  };
  expect(await Promise.all([send(), send()])).toMatchObject([
    { numDmlAffectedRows: '1' },
    { numDmlAffectedRows: '1' },
  ]);
  await send();
  expect(await rowsOf('SELECT COUNT(*) AS n FROM d.once')).toEqual([{ n: 1 }]);
});

test('jobs are listed, cancelled and limited in time', async () => {
  const slow =
    'SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 100000)) a, UNNEST(GENERATE_ARRAY(1, 100000)) b WHERE MOD(a * b, 7) = 3';
  const [job] = await client.createQueryJob(slow);
  expect(job.metadata.status.state).toBe('RUNNING');
  const [first] = await client
    .query({ query: slow }, { timeoutMs: 50 })
    .catch((error: Error) => [error.message]);
  expect(first).toMatch(/did not complete before 50ms/);
  const running = (await client.getJobs({ stateFilter: 'running' } as never))[0];
  expect(running.map(({ id }) => id)).toContain(job.id);
  for (const one of running) await one.cancel();
  await expect(job.getQueryResults()).rejects.toThrow(/cancelled/);
  const [late] = await client.createQueryJob({ query: slow, jobTimeoutMs: 200 });
  await expect(late.getQueryResults()).rejects.toThrow(/timed out after 0.2s/);
  await job.delete();
  await expect(job.getMetadata()).rejects.toMatchObject({ code: 404 });
});

test('DML counts what it changes', async () => {
  const affected = async (query: string, params?: object) => {
    const [job] = await client.createQueryJob({ query, ...(params && { params }) });
    await job.getQueryResults();
    const { numDmlAffectedRows, dmlStats } = (await job.getMetadata())[0].statistics.query;
    return [Number(numDmlAffectedRows), dmlStats];
  };
  await client.query(
    'CREATE TABLE d.stock (id INT64 NOT NULL, name STRING, place STRUCT<shelf INT64, box STRING>, tags ARRAY<STRING>)',
  );
  expect(
    await affected(
      "INSERT INTO d.stock (id, name, place) VALUES (1, 'a', (1, 'x')), (2, 'b', STRUCT(2, 'y')), (3, DEFAULT, NULL)",
    ),
  ).toEqual([3, { insertedRowCount: '3', updatedRowCount: '0', deletedRowCount: '0' }]);
  expect(
    await affected('INSERT d.stock (id, name) SELECT x, @name FROM UNNEST([4, 5]) AS x', { name: 'n' }),
  ).toContain(2);
  expect(await affected("UPDATE d.stock SET name = UPPER(name), place.box = 'z' WHERE id <= 2")).toContain(2);
  expect(await affected('DELETE FROM d.stock AS s WHERE s.id = 5')).toContain(1);
  expect(
    await affected(
      "UPDATE d.stock s SET name = n.name FROM (SELECT 4 AS id, 'four' AS name) AS n WHERE s.id = n.id",
    ),
  ).toContain(1);
  await expect(
    client.query(
      'UPDATE d.stock s SET name = n.x FROM (SELECT 4 AS id, x FROM UNNEST(["a", "b"]) AS x) AS n WHERE s.id = n.id',
    ),
  ).rejects.toThrow(/at most one source row/);
  expect(
    await affected(`MERGE d.stock AS t USING (SELECT 1 AS id, 'one' AS name UNION ALL SELECT 9, 'nine') AS s ON t.id = s.id
      WHEN MATCHED THEN UPDATE SET name = s.name
      WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)
      WHEN NOT MATCHED BY SOURCE AND t.id = 3 THEN DELETE`),
  ).toEqual([3, { insertedRowCount: '1', updatedRowCount: '1', deletedRowCount: '1' }]);
  expect(plain(await rowsOf('SELECT id, name, place.box AS box, tags FROM d.stock ORDER BY id'))).toEqual([
    { id: 1, name: 'one', box: 'z', tags: [] },
    { id: 2, name: 'B', box: 'z', tags: [] },
    { id: 4, name: 'four', box: null, tags: [] },
    { id: 9, name: 'nine', box: null, tags: [] },
  ]);
  await expect(client.query("INSERT INTO d.stock (name) VALUES ('x')")).rejects.toThrow(
    /Required field id cannot be null/,
  );
  await expect(client.query('DELETE FROM d.stock')).rejects.toThrow(/must have a WHERE clause/);
  await expect(client.query("INSERT INTO d.stock (id) VALUES ('x')")).rejects.toThrow(
    /has type STRING which cannot be inserted into column id/,
  );
  expect(await affected('TRUNCATE TABLE d.stock')).toContain(4);
});

test('DDL makes, changes and drops; INFORMATION_SCHEMA tells of it', async () => {
  await client.query(`CREATE TABLE d.events (ts TIMESTAMP OPTIONS (description = 'when'), kind STRING DEFAULT 'none', n INT64)
    PARTITION BY DATE(ts) CLUSTER BY kind OPTIONS (require_partition_filter = TRUE, labels = [('a', 'b')])`);
  await client.query('CREATE TABLE IF NOT EXISTS d.events (a INT64)');
  await client.query(
    "INSERT INTO d.events (ts, n) VALUES ('2020-01-01 10:00:00', 1), ('2020-01-02 10:00:00', 2), (NULL, 3)",
  );
  await expect(client.query('SELECT n FROM d.events')).rejects.toThrow(
    "Cannot query over table 'd.events' without a filter over column(s) 'ts'",
  );
  expect(await rowsOf("SELECT kind, n FROM d.events WHERE ts < '2020-01-02'")).toEqual([
    { kind: 'none', n: 1 },
  ]);
  expect(await rowsOf("SELECT n FROM (SELECT * FROM d.events) WHERE DATE(ts) = '2020-01-02'")).toEqual([
    { n: 2 },
  ]);
  await client.query('ALTER TABLE d.events ADD COLUMN extra ARRAY<INT64>, ADD COLUMN IF NOT EXISTS n INT64');
  await client.query('ALTER TABLE d.events RENAME COLUMN n TO amount');
  await client.query('ALTER TABLE d.events DROP COLUMN extra');
  expect(
    await rowsOf(
      "SELECT column_name, data_type, is_partitioning_column, clustering_ordinal_position, column_default FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'events' ORDER BY ordinal_position",
    ),
  ).toEqual([
    {
      column_name: 'ts',
      data_type: 'TIMESTAMP',
      is_partitioning_column: 'YES',
      clustering_ordinal_position: null,
      column_default: 'NULL',
    },
    {
      column_name: 'kind',
      data_type: 'STRING',
      is_partitioning_column: 'NO',
      clustering_ordinal_position: 1,
      column_default: "'none'",
    },
    {
      column_name: 'amount',
      data_type: 'INT64',
      is_partitioning_column: 'NO',
      clustering_ordinal_position: null,
      column_default: 'NULL',
    },
  ]);
  expect(
    await rowsOf(
      "SELECT partition_id, total_rows FROM d.INFORMATION_SCHEMA.PARTITIONS WHERE table_name = 'events' ORDER BY 1",
    ),
  ).toEqual([
    { partition_id: '20200101', total_rows: 1 },
    { partition_id: '20200102', total_rows: 1 },
    { partition_id: '__NULL__', total_rows: 1 },
  ]);
  await client.query(
    'CREATE OR REPLACE VIEW d.totals AS SELECT DATE(ts) AS day, SUM(amount) AS total FROM d.events WHERE ts IS NOT NULL GROUP BY day',
  );
  expect(plain(await rowsOf('SELECT * FROM d.totals ORDER BY day'))).toEqual([
    { day: { value: '2020-01-01' }, total: 1 },
    { day: { value: '2020-01-02' }, total: 2 },
  ]);
  expect(
    await rowsOf(
      "SELECT table_name, table_type FROM d.INFORMATION_SCHEMA.TABLES WHERE table_name IN ('events', 'totals') ORDER BY 1",
    ),
  ).toEqual([
    { table_name: 'events', table_type: 'BASE TABLE' },
    { table_name: 'totals', table_type: 'VIEW' },
  ]);
  expect(await rowsOf('SELECT schema_name FROM INFORMATION_SCHEMA.SCHEMATA')).toEqual([{ schema_name: 'd' }]);
  expect(await rowsOf('SELECT table_name FROM d.INFORMATION_SCHEMA.VIEWS')).toEqual([
    { table_name: 'totals' },
  ]);
  await client.query('CREATE OR REPLACE TABLE d.events AS SELECT 1 AS one');
  expect(await rowsOf('SELECT * FROM d.events')).toEqual([{ one: 1 }]);
  await client.query('DROP VIEW d.totals');
  await expect(client.query('DROP VIEW d.events')).rejects.toThrow(/type TABLE/);
  await client.query('DROP TABLE d.events');
  await client.query('DROP TABLE IF EXISTS d.events');
  await client.query('CREATE SCHEMA IF NOT EXISTS other');
  await client.query('DROP SCHEMA other CASCADE');
});

test('partitions of ingestion, whole numbers, and tables of one prefix', async () => {
  const [table] = await client
    .dataset('d')
    .createTable('arrivals', { schema: 'a:INTEGER', timePartitioning: { type: 'DAY' } });
  await table.insert([{ a: 1 }]);
  await client.query('INSERT INTO d.arrivals (a) VALUES (2)');
  expect(
    await rowsOf(
      'SELECT SUM(a) AS s, COUNT(DISTINCT _PARTITIONTIME) AS n FROM d.arrivals WHERE _PARTITIONDATE = CURRENT_DATE()',
    ),
  ).toEqual([{ s: 3, n: 1 }]);
  expect(await rowsOf('SELECT * FROM d.arrivals ORDER BY a LIMIT 1')).toEqual([{ a: 1 }]);
  await client.query(
    'CREATE TABLE d.ranged (n INT64) PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10))',
  );
  await client.query('INSERT INTO d.ranged VALUES (5), (15), (16), (500)');
  expect(
    await rowsOf(
      "SELECT partition_id, total_rows FROM d.INFORMATION_SCHEMA.PARTITIONS WHERE table_name = 'ranged' ORDER BY 1",
    ),
  ).toEqual([
    { partition_id: '0', total_rows: 1 },
    { partition_id: '10', total_rows: 2 },
    { partition_id: '__UNPARTITIONED__', total_rows: 1 },
  ]);
  await client.query("CREATE TABLE d.log_20200101 AS SELECT 'a' AS k");
  await client.query("CREATE TABLE d.log_20200102 AS SELECT 'b' AS k, 1 AS more");
  expect(
    await rowsOf(
      "SELECT k, more, _TABLE_SUFFIX AS s FROM `d.log_*` WHERE _TABLE_SUFFIX >= '20200101' ORDER BY k",
    ),
  ).toEqual([
    { k: 'a', more: null, s: '20200101' },
    { k: 'b', more: 1, s: '20200102' },
  ]);
});

test('answers may go to a table; tables are copied', async () => {
  const dataset = client.dataset('d');
  const save = (query: string, options: object = {}) =>
    client.query({ query, destination: dataset.table('saved'), ...options });
  await save('SELECT 1 AS a, [2] AS b');
  await expect(save('SELECT 2 AS a, [3] AS b')).rejects.toMatchObject({ errors: [{ reason: 'duplicate' }] });
  await save('SELECT 2 AS a, [3] AS b', { writeDisposition: 'WRITE_APPEND' });
  expect(await rowsOf('SELECT * FROM d.saved ORDER BY a')).toEqual([
    { a: 1, b: [2] },
    { a: 2, b: [3] },
  ]);
  await dataset.table('saved').copy(dataset.table('copied'));
  expect(await rowsOf('SELECT COUNT(*) AS n FROM d.copied')).toEqual([{ n: 2 }]);
  await save("SELECT 'new' AS c", { writeDisposition: 'WRITE_TRUNCATE' });
  expect(await rowsOf('SELECT * FROM d.saved')).toEqual([{ c: 'new' }]);
});

test('what has no storage to read from or write to is refused by name', async () => {
  const send = async (configuration: object) => {
    const response = await fetch(`${cloud.address}/projects/p/jobs`, {
      method: 'POST',
      body: JSON.stringify({ configuration }),
    });
    return ((await response.json()) as { error: { message: string } }).error.message;
  };
  const destinationTable = { projectId: 'p', datasetId: 'd', tableId: 't' };
  expect(await send({ load: { destinationTable, sourceUris: ['gs://b/f.csv'] } })).toMatch(
    /STORAGE_EMULATOR_HOST/,
  );
  expect(await send({ extract: { sourceTable: destinationTable } })).toMatch(
    /Extract jobs are not supported/,
  );
  expect(await send({ query: { query: 'SELECT 1', useLegacySql: true } })).toMatch(
    /Legacy SQL is not supported/,
  );
});

test.each([
  ['SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS b', /do not have the same columns/],
  ['SELECT 1 AS a UNION ALL CORRESPONDING SELECT 2 AS b', /no column in common/],
  ['SELECT 1 AS a UNION ALL BY NAME SELECT 2', /need names of their own/],
  ['SELECT 1 AS a, 2 AS A UNION ALL BY NAME SELECT 2 AS a', /need names of their own/],
  ['SELECT 1 AS a FULL UNION ALL SELECT 2 AS a', /Expected keyword BY/],
  ['SELECT 1 AS a UNION ALL BY NAME ON (a) SELECT 2 AS a', /list of columns .* is not supported/],
  ['SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS a UNION ALL SELECT 3', /Different set operations/],
])('columns matched by name: %s is refused', async (query, message) => {
  await expect(cloud.client.query(query)).rejects.toThrow(message);
});
