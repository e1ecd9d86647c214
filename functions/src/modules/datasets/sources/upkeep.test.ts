import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobs as jobRecords } from '../../../kernel/jobs/jobs.ts';
import { createSystemContext } from '../../../kernel/scope.ts';
import { datasets, loads } from '../datasets.collection.ts';
import { fetchJobId } from './settle.ts';
import { type Asked, createSourceWorld, type SourceWorld, sendJson } from './sources.fixture.ts';
import { upkeep } from './upkeep.ts';

describe('sources, whatever happens', { timeout: 120_000 }, () => {
  let world: SourceWorld;
  beforeAll(async () => {
    world = await createSourceWorld('2026-03-28T12:00:00.000Z');
  });
  afterAll(() => world.close());

  const config = (more: object = {}) => ({ kind: 'rest', url: `${world.source.origin}/orders`, ...more });
  const runsOf = async (id: string) =>
    (await world.call('GET', `/api/datasets/loads?sourceId=${id}&sort=createdAt`)).body.items;

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
});
