import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openBigQueryEngine } from './index.ts';
import { connectTo, startTestCloud } from './testing.ts';

const WRITER = fileURLToPath(new URL('fixtures/writer.ts', import.meta.url));

/** Runs the writer until it has printed some lines, and kills it. Returns what it printed. */
async function writeAndDie(directory: string, how: string): Promise<number[]> {
  const child = spawn(process.execPath, [WRITER, directory, how], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.split('\n').length > 40) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return output.split('\n').slice(0, -1).map(Number);
}

test('what was answered is there after a kill, once each, and ids of rows are still remembered', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bigquery-crash-'));
  const answered: number[] = [];
  for (const how of ['insert', 'query', 'insert']) answered.push(...(await writeAndDie(directory, how)));
  const cloud = await startTestCloud({ directory });
  const [rows] = await cloud.client.query('SELECT n, COUNT(*) AS times FROM d.numbers GROUP BY n ORDER BY n');
  const stored = new Set(rows.map((row) => row.n));
  expect(answered.filter((number) => !stored.has(number))).toEqual([]);
  expect(rows.filter((row) => row.times !== 1)).toEqual([]);
  const last = answered.at(-1) ?? 0;
  await cloud.client
    .dataset('d')
    .table('numbers')
    .insert([{ insertId: `${last}`, json: { n: last } }], { raw: true });
  const [[count]] = await cloud.client.query({
    query: 'SELECT COUNT(*) AS times FROM d.numbers WHERE n = @last',
    params: { last },
  });
  expect(count.times).toBe(1);
  const [jobs] = await cloud.client.getJobs({ maxResults: 5, autoPaginate: false });
  expect(jobs.length).toBe(5);
  await cloud.close();
});

test('jobs of every kind are listed after a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bigquery-jobs-'));
  const before = await openBigQueryEngine({ directory });
  const client = await connectTo((await before.serve({ port: 0 })).address);
  await client.createDataset('d');
  const run = (query: string, jobId: string) =>
    client
      .createQueryJob({ query, jobId })
      .then(([job]) => job.getQueryResults())
      .catch(() => undefined);
  await run('CREATE TABLE d.t (a INT64)', 'ddl');
  await run('INSERT INTO d.t VALUES (1)', 'dml');
  await run('SELECT a FROM d.t', 'select');
  await run('SELECT 1 / (a - a) FROM d.t', 'failed');
  await before.close();
  const cloud = await startTestCloud({ directory });
  const [jobs] = await cloud.client.getJobs();
  expect(jobs.map(({ id, metadata }) => `${id} ${Boolean(metadata.status.errorResult)}`).sort()).toEqual([
    'ddl false',
    'dml false',
    'failed true',
    'select false',
  ]);
  await expect(
    cloud.client.createQueryJob({ query: 'INSERT INTO d.t VALUES (1)', jobId: 'dml' }),
  ).rejects.toMatchObject({ code: 409 });
  await expect(cloud.client.job('select').getQueryResults()).rejects.toThrow(/no longer kept/);
  await cloud.close();
});

test('a folder belongs to one process, and what it holds outlives the process', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bigquery-lock-'));
  const child = spawn(process.execPath, [WRITER, directory, 'insert'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await expect(openBigQueryEngine({ directory })).rejects.toThrow(
    `${directory} is in use by another process.`,
  );
  child.kill('SIGKILL');
  await new Promise((resolve) => child.on('close', resolve));
  const engine = await openBigQueryEngine({ directory });
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});
