import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhooks } from '../../webhooks/module.ts';
import { type Asked, createSourceWorld, type SourceWorld, sendJson } from './sources.fixture.ts';

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
