import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Problem } from '../../kernel/errors.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { changeOf, noDocuments, TABLES } from '../../kernel/testing/warehouse-changes.ts';
import { openDuckDbWarehouse } from './index.ts';

const ENDLESS =
  'SELECT count(*) FROM range(1000000000) AS a, range(1000000) AS b WHERE a.range % 7 = b.range % 11';

let directory: string;
let warehouse: Warehouse;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warehouse-thread-'));
  warehouse = openDuckDbWarehouse({ directory });
});
afterEach(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

const contact = (recordId: string, version = 1) =>
  changeOf({ collection: 'crm.contacts', recordId, version, operation: 'create', patch: { name: recordId } });
const names = async () =>
  (await warehouse.query('SELECT name FROM crm_contacts ORDER BY name', [])).rows.map(({ name }) => name);

/** Resolves with the thread that is started next. */
const nextThread = (): Promise<Worker> => new Promise((resolve) => process.once('worker', resolve));

test('a thread that ends takes its calls with it, and the next call gets another one', async () => {
  const started = nextThread();
  await warehouse.apply([contact('a')], TABLES, noDocuments);
  const thread = await started;
  const gap = { ...contact('b', 3), operation: 'update' as const };
  const unanswered = warehouse.apply([gap], TABLES, async () => {
    await thread.terminate();
    return undefined;
  });
  await expect(unanswered).rejects.toMatchObject({ code: 'unavailable' });
  await warehouse.apply([contact('c')], TABLES, noDocuments);
  expect(await names()).toEqual(['a', 'c']);
});

test('a warehouse whose thread has ended closes', async () => {
  const started = nextThread();
  await warehouse.check();
  await (await started).terminate();
  await warehouse.close();
  await expect(warehouse.check()).rejects.toThrow(/closed/);
});

test('what readRecord throws comes back as it was', async () => {
  const gap = { ...contact('b', 3), operation: 'update' as const };
  const away = new Problem('rate_limited', 'Later.', { retryAfter: 7, cause: new RangeError('too many') });
  const applied = warehouse.apply([gap], TABLES, () => Promise.reject(away));
  await expect(applied).rejects.toBeInstanceOf(Problem);
  await expect(applied).rejects.toMatchObject({
    code: 'rate_limited',
    message: 'Later.',
    retryAfter: 7,
    cause: { message: 'too many' },
  });
  await expect(warehouse.query('SELECT 1; SELECT 2', [])).rejects.toBeInstanceOf(TypeError);
});

test('closing writes what was given, ends what is read, and frees the file', async () => {
  await warehouse.check();
  const queries = Array.from({ length: 4 }, () => warehouse.query(ENDLESS, []));
  const refused = Promise.all(
    queries.map((query) => expect(query).rejects.toMatchObject({ code: 'unavailable' })),
  );
  const applied = warehouse.apply([contact('a')], TABLES, noDocuments);
  await Promise.all([warehouse.close(), warehouse.close()]);
  await refused;
  expect(await applied).toEqual({ applied: 1 });
  await expect(warehouse.apply([contact('b')], TABLES, noDocuments)).rejects.toThrow(/closed/);
  warehouse = openDuckDbWarehouse({ directory });
  expect(await names()).toEqual(['a']);
});

test('closing what was never used opens nothing', async () => {
  await warehouse.close();
  await expect(warehouse.check()).rejects.toThrow(/closed/);
});

test('an open warehouse keeps no process alive', async () => {
  const fixture = fileURLToPath(new URL('./idle.fixture.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [fixture, directory]);
  expect(stdout.trim()).toBe('90');
  expect((await warehouse.query('SELECT count(*) AS n FROM changes', [])).rows).toEqual([{ n: 90 }]);
});
