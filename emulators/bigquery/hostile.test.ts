import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud, type TestCloud } from './testing.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud({ limits: { timeoutMs: 3000, maxRows: 10_000 }, memoryLimit: '256MB' });
  await cloud.client.createDataset('d');
  await cloud.client.query("CREATE TABLE d.t AS SELECT 1 AS a, 'secret' AS b");
});
afterAll(() => cloud.close());

/** Ways to reach files, the network, settings, or the engine's own tables through SQL. */
const ATTEMPTS = [
  "SELECT * FROM read_csv('/etc/passwd')",
  "SELECT * FROM read_text('/etc/passwd')",
  "SELECT * FROM read_parquet('s3://b/x')",
  "SELECT * FROM glob('/*')",
  "SELECT * FROM '/etc/passwd'",
  'SELECT * FROM `/etc/passwd`',
  'SELECT * FROM "/etc/passwd"',
  "SELECT * FROM `read_csv('/etc/passwd')`",
  'SELECT * FROM catalog',
  'SELECT * FROM main.catalog',
  'SELECT * FROM `main`.`insert_ids`',
  'SELECT * FROM d.t1',
  'SELECT * FROM t1',
  'SELECT * FROM duckdb_tables()',
  'SELECT * FROM information_schema.tables_',
  'SELECT * FROM pg_catalog.pg_tables',
  'SELECT * FROM sqlite_master',
  "SELECT getenv('PATH')",
  "SELECT current_setting('memory_limit')",
  "SELECT bq_error('x', 'y')",
  "SELECT read_blob('/etc/passwd')",
  'SELECT struct_pack(a := 1)',
  'SELECT 1::INTEGER',
  "SELECT x -> 'a' FROM d.t",
  'SELECT COLUMNS(*) FROM d.t',
  'SELECT rowid FROM d.t',
  'SELECT t.rowid FROM d.t',
  'FROM d.t',
  'SELECT * FROM d.t POSITIONAL JOIN d.t AS u',
  "ATTACH '/tmp/x.db' AS x",
  'DETACH x',
  "COPY d.t TO '/tmp/x'",
  "EXPORT DATABASE '/tmp/x'",
  "IMPORT DATABASE '/tmp/x'",
  'INSTALL httpfs',
  'LOAD httpfs',
  'PRAGMA database_list',
  'SET lock_configuration = false',
  'RESET memory_limit',
  'CHECKPOINT',
  'VACUUM',
  'CALL pragma_version()',
  'USE memory',
  'SUMMARIZE d.t',
  'DESCRIBE d.t',
  'EXPLAIN SELECT 1',
  'CREATE MACRO f(x) AS x',
  'CREATE SECRET (TYPE s3)',
  'CREATE SEQUENCE s',
  'CREATE INDEX i ON d.t (a)',
  "INSERT INTO d.t SELECT * FROM read_csv('/etc/passwd')",
  'SELECT a FROM d.t; DROP TABLE d.t',
  "SELECT '\\'; DROP TABLE d.t; --' FROM d.absent",
  'SELECT `a"; DROP TABLE t1; --` FROM d.t',
  'SELECT 1 AS `x"; DROP TABLE t1; --`, (SELECT nothing)',
  "SELECT JSON_VALUE('{}', '$.a\\'; DROP TABLE t1')  FROM d.absent",
  '/* */ /* unclosed',
  'SELECT /*! 1 */ FROM',
  'WITH d AS (SELECT 1) SELECT * FROM d.t2',
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM r) SELECT COUNT(*) FROM r',
  `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`,
  `SELECT ${'NOT '.repeat(5000)}TRUE`,
  `SELECT ${'['.repeat(500)}1${']'.repeat(500)}`,
  `SELECT * FROM ${'(SELECT * FROM '.repeat(300)}d.t${')'.repeat(300)}`,
  'SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a, UNNEST(GENERATE_ARRAY(1, 1000000)) b WHERE a + b < 0',
  "SELECT REPEAT('x', 10000000000)",
  'SELECT ARRAY_LENGTH(GENERATE_ARRAY(1, 100000000000))',
  'SELECT * FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a, UNNEST([1, 2, 3]) b',
] as const;

test.each(ATTEMPTS.map((sql) => ({ sql, shown: sql.slice(0, 80) })))('refused: $shown', async ({ sql }) => {
  await expect(cloud.client.query(sql)).rejects.toMatchObject({
    message: expect.not.stringMatching(/root:|main\.|\bt1\b.*rows/),
  });
});

test('after all of them the table is as it was', async () => {
  const [rows] = await cloud.client.query('SELECT * FROM d.t');
  expect(rows).toEqual([{ a: 1, b: 'secret' }]);
});
