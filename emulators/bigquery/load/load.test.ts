import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BigQuery, Table } from '@google-cloud/bigquery';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud, type TestCloud } from '../testing.ts';

let cloud: TestCloud;
let client: BigQuery;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.client;
  await client.createDataset('d');
});
afterAll(() => cloud.close());

const rowsOf = async (sql: string): Promise<unknown[]> => (await client.query(sql))[0];
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

async function load(
  name: string,
  content: string | Buffer,
  metadata: object,
): Promise<{ table: Table; output: Record<string, unknown> }> {
  const file = join(cloud.directory, `load-${name}`);
  await writeFile(file, content);
  const table = cloud.uploader.dataset('d').table(name);
  const [job] = await table.load(file, metadata);
  return { table, output: job.statistics?.load as never };
}

test('CSV is loaded, with its dialect, its types inferred, and its broken rows told', async () => {
  const text = 'id;name;price;day\n1;"a;""b""";1.5;2020-01-01\n2;NULL;2;2020-01-02\n';
  const { output } = await load('csv1', text, {
    sourceFormat: 'CSV',
    fieldDelimiter: ';',
    nullMarker: 'NULL',
    autodetect: true,
  });
  expect(output).toMatchObject({ outputRows: '2', inputFiles: '1', badRecords: '0' });
  expect(plain(await rowsOf('SELECT * FROM d.csv1 ORDER BY id'))).toEqual([
    { id: 1, name: 'a;"b"', price: 1.5, day: { value: '2020-01-01' } },
    { id: 2, name: null, price: 2, day: { value: '2020-01-02' } },
  ]);
  const schema = 'id:INTEGER,at:TIMESTAMP,ok:BOOLEAN,n:NUMERIC';
  const rows =
    'id,at,ok,n\n1,2020-01-01 00:00:00 UTC,true,1.1\nx,2020-01-01,false,2\n3,,,\n4,2020-01-01T01:00:00+01:00,f,3,too many\n';
  await expect(load('csv2', rows, { sourceFormat: 'CSV', schema, skipLeadingRows: 1 })).rejects.toThrow(
    /too many errors/,
  );
  await expect(rowsOf('SELECT * FROM d.csv2')).rejects.toThrow(/Not found/);
  const { output: tolerant } = await load('csv2', gzipSync(rows), {
    sourceFormat: 'CSV',
    schema,
    skipLeadingRows: 1,
    maxBadRecords: 2,
  });
  expect(tolerant).toMatchObject({ outputRows: '2', badRecords: '2' });
  expect(plain(await rowsOf('SELECT * FROM d.csv2 ORDER BY id'))).toEqual([
    { id: 1, at: { value: '2020-01-01T00:00:00.000Z' }, ok: true, n: '1.1' },
    { id: 3, at: null, ok: null, n: null },
  ]);
  await load('csv2', 'id,at,ok,n\n9,,,\n', {
    sourceFormat: 'CSV',
    skipLeadingRows: 1,
    writeDisposition: 'WRITE_TRUNCATE',
    schema,
  });
  expect(await rowsOf('SELECT id FROM d.csv2')).toEqual([{ id: 9 }]);
});

test('a quote that is never closed fails the load, as it would take other rows along', async () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `${index},"name ${index}",1`);
  lines[1_000] = '1000,"name 1000,1';
  await expect(
    load('stray', lines.join('\n'), {
      sourceFormat: 'CSV',
      schema: 'a:INTEGER,b:STRING,c:INTEGER',
      maxBadRecords: 10,
    }),
  ).rejects.toThrow(/line 1001 do not end/);
});

test('JSON lines and Parquet are loaded', async () => {
  const lines = '{"id": 9007199254740993, "tags": ["x"], "sub": {"n": 1.5}}\n\n{"id": 2, "sub": {"n": 2}}\n';
  await load('lines', lines, { sourceFormat: 'NEWLINE_DELIMITED_JSON', autodetect: true });
  expect(await rowsOf('SELECT CAST(id AS STRING) AS id, tags, sub.n FROM d.lines ORDER BY sub.n')).toEqual([
    { id: '9007199254740993', tags: ['x'], n: 1.5 },
    { id: '2', tags: [], n: 2 },
  ]);
  await expect(
    load('lines', '{"id": 1}\n{broken\n', { sourceFormat: 'NEWLINE_DELIMITED_JSON' }),
  ).rejects.toThrow(/line 2/);
  expect(await rowsOf('SELECT COUNT(*) AS n FROM d.lines')).toEqual([{ n: 2 }]);
  const api = await import('@duckdb/node-api');
  const maker = await (await api.DuckDBInstance.create(':memory:')).connect();
  const file = join(cloud.directory, 'made.parquet');
  await maker.run(
    `COPY (SELECT 1::INTEGER AS id, 'a' AS name, [1, 2]::BIGINT[] AS list, TIMESTAMP '2020-01-01' AS at) TO '${file}' (FORMAT parquet)`,
  );
  maker.closeSync();
  await cloud.uploader.dataset('d').table('parquet').load(file, { sourceFormat: 'PARQUET' });
  expect(plain(await rowsOf('SELECT * FROM d.parquet'))).toEqual([
    { id: 1, name: 'a', list: [1, 2], at: { value: '2020-01-01T00:00:00.000Z' } },
  ]);
});

test('a write stream and a resumable upload load as a file does', async () => {
  const table = cloud.uploader.dataset('d').table('streamed');
  await new Promise((resolve, reject) => {
    const stream = table.createWriteStream({
      sourceFormat: 'CSV',
      schema: { fields: [{ name: 'a', type: 'INTEGER' }] },
    });
    stream.on('complete', resolve).on('error', reject);
    stream.end('1\n2\n');
  });
  expect(await rowsOf('SELECT SUM(a) AS s FROM d.streamed')).toEqual([{ s: 3 }]);
  const load = {
    destinationTable: { projectId: 'p', datasetId: 'd', tableId: 'streamed' },
    sourceFormat: 'CSV',
  };
  const begun = await fetch(`${cloud.address}/upload/bigquery/v2/projects/p/jobs?uploadType=resumable`, {
    method: 'POST',
    body: JSON.stringify({ configuration: { load } }),
  });
  const location = begun.headers.get('location') ?? '';
  const put = (body: string, range: string) =>
    fetch(location, { method: 'PUT', body, headers: { 'content-range': range } });
  expect((await put('10\n', 'bytes 0-2/6')).status).toBe(308);
  const { jobReference } = (await (await put('20\n', 'bytes 3-5/6')).json()) as {
    jobReference: { jobId: string };
  };
  await client.job(jobReference.jobId).promise();
  expect(await rowsOf('SELECT SUM(a) AS s FROM d.streamed')).toEqual([{ s: 33 }]);
});
