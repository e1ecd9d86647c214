import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobs as jobRecords } from '../../../kernel/jobs/jobs.ts';
import { createSystemContext } from '../../../kernel/scope.ts';
import { webhooks } from '../../webhooks/module.ts';
import { datasets, loads } from '../datasets.collection.ts';
import { fetchJobId } from './settle.ts';
import { type Asked, createSourceWorld, type SourceWorld, sendJson } from './sources.fixture.ts';
import { upkeep } from './upkeep.ts';

describe('sources', { timeout: 120_000 }, () => {
  let world: SourceWorld;
  beforeAll(async () => {
    world = await createSourceWorld('2026-03-28T12:00:00.000Z', [webhooks]);
  });
  afterAll(() => world.close());

  const config = (more: object = {}) => ({ kind: 'rest', url: `${world.source.origin}/orders`, ...more });
  const runsOf = async (id: string) =>
    (await world.call('GET', `/api/datasets/loads?sourceId=${id}&sort=createdAt`)).body.items;

  it('run by the clock of their time zone, over the change of the clock too', async () => {
    world.source.answers((_request, response) => sendJson(response, [{ id: world.now() }]));
    const datasetId = await world.dataset('id');
    const schedule = { every: 'daily', at: '02:30', timezone: 'Europe/Berlin' };
    const id = await world.add({ datasetId, config: config(), schedule });
    expect((await world.read(id)).nextRunAt).toBe('2026-03-29T01:00:00.000Z');
    await world.at('2026-03-29T00:59:59.000Z');
    expect(await runsOf(id)).toEqual([]);
    await world.at('2026-03-29T01:00:00.000Z');
    expect((await runsOf(id)).map(({ state }: { state: string }) => state)).toEqual(['done']);
    // The server was off for days: one run makes up for all of them.
    await world.at('2026-04-02T10:00:00.000Z');
    expect(await runsOf(id)).toHaveLength(2);
    expect(await world.read(id)).toMatchObject({ nextRunAt: '2026-04-03T00:30:00.000Z', lastState: 'done' });
    await world.call('PATCH', `/api/datasets/sources/${id}`, { active: false });
    await world.at('2026-04-04T10:00:00.000Z');
    expect(await runsOf(id)).toHaveLength(2);
    expect(await world.rows(datasetId)).toHaveLength(2);
    await world.call('PATCH', `/api/datasets/sources/${id}`, { active: true });
    expect((await world.read(id)).nextRunAt).toBe('2026-04-05T00:30:00.000Z');
    await world.call('DELETE', `/api/datasets/sources/${id}`);
  });

  it('run once at a time, and a run that is cancelled leaves everything as it was', async () => {
    const held: (() => void)[] = [];
    world.source.answers((_request, response) => void held.push(() => sendJson(response, [{ id: 'a' }])));
    const datasetId = await world.dataset('id');
    const schedule = { every: 'minutes', minutes: 1 };
    const id = await world.add({ datasetId, config: config(), schedule });
    const first = world.pass(60);
    await expect.poll(() => held.length, { timeout: 60_000 }).toBe(1);
    const again = await world.call('POST', '/api/datasets/sources/run', { id });
    const due = world.pass(60);
    await expect
      .poll(async () => (await world.read(id)).nextRunAt, { timeout: 60_000 })
      .toBe(new Date(Date.parse(world.now()) + 60_000).toISOString());
    const runs = await runsOf(id);
    expect(runs.map((run: { id: string }) => run.id)).toEqual([again.body.id]);
    const cancelled = await world.call('POST', '/api/datasets/loads/cancel', { id: again.body.id });
    expect(cancelled.body.state).toBe('cancelled');
    for (const release of held) release();
    await Promise.all([first, due]);
    expect(await world.rows(datasetId)).toEqual([]);
    expect(await world.read(id)).toMatchObject({ lastState: 'cancelled', failures: 0 });
    await world.call('DELETE', `/api/datasets/sources/${id}`);
  });

  it('pause after five failures in a row, say so, and begin anew when somebody lets them', async () => {
    let broken = true;
    world.source.answers((_request, response) =>
      broken ? void response.writeHead(404).end() : sendJson(response, [{ id: 'a' }]),
    );
    const datasetId = await world.dataset('id');
    const id = await world.add({ datasetId, config: config(), schedule: { every: 'minutes', minutes: 1 } });
    const gaps: number[] = [];
    while ((await world.read(id)).active) {
      const { nextRunAt } = await world.read(id);
      gaps.push((Date.parse(String(nextRunAt)) - Date.parse(world.now())) / 60_000);
      await world.at(String(nextRunAt));
    }
    expect(gaps).toHaveLength(5);
    expect(gaps.map(Math.round)).toEqual([1, 1, 2, 4, 8]);
    expect(await world.read(id)).toMatchObject({
      failures: 5,
      pausedReason: 'It failed 5 times in a row: It answered 404.',
      lastError: 'It answered 404.',
    });
    const { body } = await world.call('GET', `/api/datasets/source-notices?sourceId=${id}`);
    expect(body.items).toMatchObject([
      { kind: 'paused', failures: 5, reason: 'It answered 404.', datasetId },
    ]);
    const catalogue = await world.call('GET', '/api/webhooks/catalogue');
    expect(catalogue.body.events.map(({ name }: { name: string }) => name)).toContain(
      'datasets.source-notices.created',
    );
    broken = false;
    await world.call('PATCH', `/api/datasets/sources/${id}`, { active: true });
    expect(await world.read(id)).toMatchObject({ failures: 0 });
    expect((await world.read(id)).pausedReason).toBeUndefined();
    expect(await world.run(id)).toMatchObject({ state: 'done', rows: 1 });
    await world.call('DELETE', `/api/datasets/sources/${id}`);
  });

  it('are read from where they stood, and rows with the same key replace each other', async () => {
    const orders = [
      { id: 1, total: 10, changed: '2026-03-01T10:00:00.000001Z' },
      { id: 2, total: 20, changed: '2026-03-01T10:00:00.000002Z' },
    ];
    world.source.answers(({ address }: Asked, response) => {
      const since = address.searchParams.get('since') ?? '';
      sendJson(
        response,
        orders.filter(({ changed }) => changed >= since),
      );
    });
    const columns = ['id integer', 'total integer', 'changed timestamp'];
    const since = config({ query: { since: '{{since}}' } });
    const incremental = { field: 'changed', kind: 'time' };

    const whole = await world.dataset(...columns);
    const keyed = await world.add({
      datasetId: whole,
      config: since,
      mode: 'upsert',
      key: ['id'],
      incremental,
    });
    const plain = await world.dataset(...columns);
    const appended = await world.add({ datasetId: plain, config: since, incremental });
    for (const id of [keyed, appended]) expect(await world.run(id)).toMatchObject({ state: 'done', rows: 2 });
    expect(world.source.asked[0]?.address.search).toBe('');

    orders.push({ id: 3, total: 30, changed: '2026-03-02T10:00:00.5Z' });
    orders[0] = { id: 1, total: 11, changed: '2026-03-02T09:00:00Z' };
    // Of the same moment as the last: with a key it comes again and is no second row, without one it does not.
    expect(await world.run(keyed)).toMatchObject({ state: 'done', rows: 3 });
    expect(await world.run(appended)).toMatchObject({ state: 'done', rows: 2 });
    expect(world.source.asked.at(-1)?.address.searchParams.get('since')).toBe('2026-03-01T10:00:00.000002Z');
    const shown = (await world.rows(whole)).map(({ id, total }) => `${id} ${total}`).sort();
    expect(shown).toEqual(['1 11', '2 20', '3 30']);
    expect((await world.call('GET', `/api/datasets/datasets/${whole}`)).body).toMatchObject({
      rows: 3,
      key: ['id'],
    });
    expect(await world.rows(plain)).toHaveLength(4);
    const profile = await world.call('GET', `/api/datasets/datasets/profile?id=${whole}`);
    expect(profile.body.columns[0]).toMatchObject({ filled: 3, distinct: 3 });

    // Nothing newer: what stands, stands.
    expect((await world.run(appended)).rows).toBe(0);
    await world.call('PATCH', `/api/datasets/sources/${keyed}`, {
      incremental: { ...incremental, lag: 3600 },
    });
    orders.push({ id: 4, total: 40, changed: '2026-03-02T09:30:00Z' });
    await world.run(keyed);
    expect(await world.rows(whole)).toHaveLength(4);
    expect((await world.read(keyed)).cursor).toEqual({ greatest: '2026-03-02T10:00:00.500000Z' });
    for (const id of [keyed, appended]) await world.call('DELETE', `/api/datasets/sources/${id}`);
  });

  it('load what they fetched once, though the server is lost before or after it is shown', async () => {
    world.source.answers(({ address }: Asked, response) =>
      sendJson(response, address.searchParams.has('since') ? [] : [{ id: 1 }, { id: 2 }]),
    );
    const { datasets, files } = world.platform.app.ports;
    const { load } = datasets;
    const { write } = files;
    let lost = 2;
    const losing =
      <Args extends readonly unknown[], T>(work: (...args: Args) => Promise<T>) =>
      async (...args: Args): Promise<T> => {
        const done = await work(...args);
        if (lost-- > 0) throw new Error('The power is gone.');
        return done;
      };
    Object.assign(files, { write: losing(write) });
    Object.assign(datasets, { load: losing(load) });
    try {
      const datasetId = await world.dataset('id integer');
      const id = await world.add({
        datasetId,
        config: config({ query: { since: '{{since}}' } }),
        incremental: { field: 'id', kind: 'number' },
      });
      lost = 1;
      expect(await world.run(id)).toMatchObject({ state: 'done', rows: 2 });
      lost = 0;
      expect((await world.run(id)).rows).toBe(0);
      expect((await world.rows(datasetId)).map((row) => row.id)).toEqual([1, 2]);

      // Lost for good: what the source stands at has not moved, so the next run brings all of it.
      lost = Number.POSITIVE_INFINITY;
      const other = await world.dataset('id integer');
      const second = await world.add({ datasetId: other, config: config() });
      expect(await world.run(second)).toMatchObject({ state: 'failed' });
      expect(await world.rows(other)).toEqual([]);
      lost = 0;
      await world.run(second);
      expect(await world.rows(other)).toHaveLength(2);
    } finally {
      Object.assign(files, { write });
      Object.assign(datasets, { load });
    }
  });

  it('are taken up again after their run was lost for good, and when they were restored', async () => {
    world.source.answers((_request, response) => sendJson(response, [{ id: 'a' }]));
    const datasetId = await world.dataset('id');
    const schedule = { every: 'daily', at: '06:00', timezone: 'UTC' };
    const id = await world.add({ datasetId, config: config(), schedule });
    const lost = await world.call('POST', '/api/datasets/sources/run', { id });
    const ctx = createSystemContext(world.platform.app, 'test', 'test');
    const tenant = ctx.tenant(world.tenant.tenantId);
    // As after the last of several crashes.
    await tenant.repo(loads).patch(lost.body.id, { state: 'running' });
    await tenant.transaction(async (transaction) => {
      const jobId = fetchJobId(world.tenant.tenantId, lost.body.id);
      await transaction.repo(jobRecords).patch(jobId, { state: 'dead' });
      await transaction.queueJob(jobId, undefined);
    });
    expect(await world.run(id)).toMatchObject({ state: 'done', rows: 1 });
    expect((await world.call('GET', `/api/datasets/loads/${lost.body.id}`)).body.state).toBe('failed');
    expect(await world.read(id)).toMatchObject({ lastState: 'done', failures: 0 });

    await world.call('DELETE', `/api/datasets/sources/${id}`);
    await world.pass(3 * 86_400);
    expect((await world.call('POST', `/api/datasets/sources/${id}/restore`, {})).status).toBe(200);
    await upkeep.handle(ctx);
    const { nextRunAt } = await world.read(id);
    expect(String(nextRunAt) > world.now()).toBe(true);
    await world.at(String(nextRunAt));
    expect(await runsOf(id)).toHaveLength(3);
    await world.call('DELETE', `/api/datasets/sources/${id}`);
  });

  it('put small parts together, and show the same rows as before', async () => {
    let run = 0;
    const order = () => ({ id: run % 7, run, more: { of: [run] }, at: '2026-01-02T03:04:05.000006Z' });
    world.source.answers((_request, response) => sendJson(response, [order()]));
    const columns = ['id integer', 'run integer', 'more.of json', 'at timestamp'];
    const plain = await world.dataset(...columns);
    const keyed = await world.dataset(...columns);
    const ids = [
      await world.add({ datasetId: plain, config: config() }),
      await world.add({ datasetId: keyed, config: config(), mode: 'upsert', key: ['id'] }),
    ];
    for (const id of ids) await world.run(id);
    run = 1;
    // As if it had gone on like this.
    const tenant = createSystemContext(world.platform.app, 'test', 'test').tenant(world.tenant.tenantId);
    for (const datasetId of [plain, keyed]) {
      const { parts } = await tenant.repo(datasets).require(datasetId);
      await tenant.repo(datasets).patch(datasetId, { parts: Array.from({ length: 50 }, () => parts).flat() });
    }
    const shown = async () => [await world.rows(plain), await world.rows(keyed)];
    for (const id of ids) await world.call('POST', '/api/datasets/sources/run', { id });
    await world.work();
    const [rows, newest] = await shown();
    const runs = [...Array.from({ length: 50 }, () => 0), 1];
    expect(rows?.map((row) => row.run)).toEqual(runs);
    expect(newest?.map((row) => `${row.id} ${row.run}`).sort()).toEqual(['0 0', '1 1']);
    for (const datasetId of [plain, keyed])
      expect((await world.call('GET', `/api/datasets/datasets/${datasetId}`)).body.parts).toHaveLength(1);
    expect(rows?.[0]).toEqual({ id: 0, run: 0, more_of: '[0]', at: '2026-01-02T03:04:05.000006Z' });
  });

  it('are refused where they could not work', async () => {
    const datasetId = await world.dataset('id integer');
    const refused = async (body: object) => {
      const answer = await world.call('POST', '/api/datasets/sources', {
        name: 'x',
        config: config(),
        ...body,
      });
      return [answer.status, answer.body.errors?.[0]?.path];
    };
    expect(await refused({ config: { kind: 'url', url: 'https://10.0.0.1/x.csv' } })).toEqual([
      422,
      'config.url',
    ]);
    expect(await refused({ mode: 'upsert' })).toEqual([422, 'key']);
    expect(await refused({ datasetId, mode: 'upsert', key: ['nothing'] })).toEqual([422, 'key.0']);
    expect(await refused({ datasetId, incremental: { field: 'at', kind: 'time' } })).toEqual([
      422,
      'incremental.field',
    ]);
    expect(await refused({ incremental: { field: 'id', kind: 'number', lag: 5 } })).toEqual([
      422,
      'incremental.lag',
    ]);
    expect(await refused({ datasetId: 'dat_1' })).toEqual([422, 'datasetId']);
    expect(await refused({ secrets: { pin: '1' } })).toEqual([422, 'secrets.pin']);
    expect(await refused({ schedule: { every: 'daily', at: '25:00', timezone: 'UTC' } })).toEqual([
      422,
      'schedule.at',
    ]);
    expect(await refused({ sealed: 'x' })).toEqual([422, 'sealed']);
    const id = await world.add({ config: config() });
    expect((await world.call('POST', '/api/datasets/sources/run', { id })).status).toBe(409);
  });
});
