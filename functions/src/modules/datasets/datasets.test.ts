import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../kernel/testing/harness.ts';
import { auth } from '../auth/module.ts';
import { jobs } from '../jobs/module.ts';
import { tenants } from '../tenants/module.ts';
import { datasetsModule } from './module.ts';

const FILE =
  'Order No,Total,Day,Email\nA1,"1.234,50",31.12.2026,a@example.test\nA2,7,01.01.2027,b@example.test\nA3,?,01.01.2027,c@example.test\n';

describe('datasets', () => {
  let platform: TestPlatform;
  let owner: TestTenant;
  beforeAll(async () => {
    platform = await createTestPlatform([auth, tenants, jobs, datasetsModule]);
    owner = await platform.register();
  });
  afterAll(() => platform.close());

  const call = (method: string, url: string, body?: unknown, token = owner.token) =>
    platform.request(method, url, { token, ...(body === undefined ? {} : { body }) });
  const send = (raw: string, query = 'format=csv&fileName=orders.csv') =>
    platform.request('POST', `/api/datasets/uploads/create?${query}`, { token: owner.token, raw });

  /** Sends a file into a dataset and sees the load through. */
  async function load(datasetId: string, raw: string, mode = 'append') {
    const upload = (await send(raw)).body;
    const started = await call('POST', '/api/datasets/loads/start', { datasetId, uploadId: upload.id, mode });
    expect(started.status).toBe(202);
    await runDueJobs(platform.app);
    return (await call('GET', `/api/datasets/loads/${started.body.id}`)).body;
  }
  async function dataset(raw: string, name = 'Orders') {
    const { columns } = (await send(raw)).body;
    const plain = columns.map(({ source, name: column, type, format }: Record<string, unknown>) => ({
      source,
      name: column,
      type: column === 'total' ? 'number' : type,
      ...(column === 'total' ? { format: { kind: 'number', decimal: ',' } } : format ? { format } : {}),
      ...(column === 'email' ? { pii: true } : {}),
    }));
    const made = await call('POST', '/api/datasets/datasets', { name, columns: plain });
    expect(made.status).toBe(201);
    return made.body;
  }

  it('say what is in a file before anything is loaded', async () => {
    const { status, body } = await send(FILE);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      fileName: 'orders.csv',
      rows: 3,
      layout: { format: 'csv', delimiter: ',' },
    });
    expect(body.columns.map(({ name, type }: { name: string; type: string }) => `${name} ${type}`)).toEqual([
      'order_no string',
      'total string',
      'day date',
      'email string',
    ]);
  });

  it('take a file in, set broken rows aside, and answer rows and profiles', async () => {
    const { id } = await dataset(FILE);
    const done = await load(id, FILE);
    expect(done).toMatchObject({ state: 'done', progress: 100, rows: 2, quarantined: 1 });
    const { body } = await call('GET', `/api/datasets/datasets/rows?id=${id}`);
    expect(body.rows).toEqual([
      { order_no: 'A1', total: 1234.5, day: '2026-12-31', email: 'a@example.test' },
      { order_no: 'A2', total: 7, day: '2027-01-01', email: 'b@example.test' },
    ]);
    const aside = await call('GET', `/api/datasets/loads/quarantine?id=${done.id}`);
    expect(aside.body.rows[0].errors).toEqual([{ column: 'Total', message: '"?" is no number.' }]);
    const { body: profile } = await call('GET', `/api/datasets/datasets/profile?id=${id}`);
    expect(profile.columns[1]).toMatchObject({
      name: 'total',
      filled: 2,
      min: '7.0',
      max: '1234.5',
      mean: 620.75,
    });
    expect(profile.columns[2]).toMatchObject({
      name: 'day',
      min: '2026-12-31',
      max: '2027-01-01',
      distinct: 2,
    });
  });

  it('append, or replace what was there', async () => {
    const { id } = await dataset(FILE);
    await load(id, FILE);
    await load(id, FILE);
    expect((await call('GET', `/api/datasets/datasets/${id}`)).body).toMatchObject({
      rows: 4,
      quarantined: 2,
    });
    await load(id, FILE, 'replace');
    const { body } = await call('GET', `/api/datasets/datasets/${id}`);
    expect(body).toMatchObject({ rows: 2, quarantined: 1 });
    expect(body.parts).toHaveLength(1);
  });

  it('refuse a file without the columns, and end in words when it cannot be read', async () => {
    const { id } = await dataset(FILE);
    const other = (await send('a,b\n1,2\n')).body;
    const refused = await call('POST', '/api/datasets/loads/start', { datasetId: id, uploadId: other.id });
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0].message).toBe('The file has no column Order No.');
    expect((await send('')).status).toBe(400);
    expect((await send('PAR1', 'format=parquet')).status).toBe(400);
  });

  it('take rows that were set aside in again, corrected, and each of them once', async () => {
    const { id } = await dataset(FILE);
    const done = await load(id, FILE);
    const row = {
      at: 0,
      values: { 'Order No': 'A3', Total: '8,25', Day: '01.01.2027', Email: 'c@example.test' },
    };
    const again = (rows: unknown[]) => call('POST', '/api/datasets/loads/reload', { id: done.id, rows });
    expect((await again([{ at: 0, values: { Nothing: '1' } }])).status).toBe(422);
    expect((await again([{ at: 1, values: {} }])).status).toBe(409);

    const given = await again([row]);
    expect(given.status).toBe(202);
    expect((await again([row])).status).toBe(409);
    await call('POST', '/api/datasets/loads/cancel', { id: given.body.id });
    expect((await call('GET', `/api/datasets/loads/quarantine?id=${done.id}`)).body.rows[0].mended).toBe(
      false,
    );

    expect((await again([row])).status).toBe(202);
    await runDueJobs(platform.app);
    expect((await call('GET', `/api/datasets/datasets/${id}`)).body).toMatchObject({
      rows: 3,
      quarantined: 0,
    });
    const { body } = await call('GET', `/api/datasets/datasets/rows?id=${id}&offset=2`);
    expect(body.rows).toEqual([{ order_no: 'A3', total: 8.25, day: '2027-01-01', email: 'c@example.test' }]);
    expect((await call('GET', `/api/datasets/loads/quarantine?id=${done.id}`)).body.rows[0].mended).toBe(
      true,
    );
  });

  it('have no quarantine once they were replaced', async () => {
    const { id } = await dataset(FILE);
    const first = await load(id, FILE);
    await load(id, FILE, 'replace');
    const { status, body } = await call('GET', `/api/datasets/loads/quarantine?id=${first.id}`);
    expect([status, body.rows]).toEqual([200, []]);
  });

  it('are cancelled without a trace', async () => {
    const { id } = await dataset(FILE);
    const upload = (await send(FILE)).body;
    const { body: started } = await call('POST', '/api/datasets/loads/start', {
      datasetId: id,
      uploadId: upload.id,
    });
    const cancelled = await call('POST', '/api/datasets/loads/cancel', { id: started.id });
    expect(cancelled.body.state).toBe('cancelled');
    await runDueJobs(platform.app);
    expect((await call('GET', `/api/datasets/datasets/${id}`)).body).toMatchObject({ rows: 0, parts: [] });
    expect((await call('POST', '/api/datasets/loads/cancel', { id: started.id })).body.state).toBe(
      'cancelled',
    );
  });

  it('load a part once, however often the job runs', async () => {
    const { id } = await dataset(FILE);
    const done = await load(id, FILE);
    const { body } = await call('GET', '/api/jobs/jobs?kind=datasets.load&sort=-createdAt&limit=1');
    await call('POST', '/api/jobs/jobs/replay', { id: body.items[0].id });
    await runDueJobs(platform.app);
    expect((await call('GET', `/api/datasets/datasets/${id}`)).body).toMatchObject({ rows: 2 });
    expect((await call('GET', `/api/datasets/loads/${done.id}`)).body.state).toBe('done');
  });

  it('belong to their tenant', async () => {
    const { id } = await dataset(FILE);
    await load(id, FILE);
    const stranger = await platform.register('Stranger');
    for (const url of [`datasets/rows?id=${id}`, `datasets/profile?id=${id}`, `datasets/${id}`])
      expect((await call('GET', `/api/datasets/${url}`, undefined, stranger.token)).status).toBe(404);
  });
});
