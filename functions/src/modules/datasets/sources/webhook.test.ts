import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hooks } from '../../hooks/module.ts';
import { createSourceWorld, type SourceWorld } from './sources.fixture.ts';

describe('events of inbound webhooks', { timeout: 120_000 }, () => {
  let world: SourceWorld;
  let endpoint: { id: string; secret: string; url: string };
  beforeAll(async () => {
    world = await createSourceWorld(new Date().toISOString(), [hooks]);
    const made = await world.call('POST', '/api/hooks/endpoints/create', {
      name: 'Shop',
      action: 'event',
      signature: { scheme: 'standard' },
      mapping: '{ "number": number, "total": total }',
    });
    if (made.status !== 201) throw new Error(made.text);
    endpoint = made.body;
  });
  afterAll(() => world.close());

  let sent = 0;
  async function deliver(number: string, total: number): Promise<void> {
    const raw = JSON.stringify({ number, total });
    const at = Math.floor(Date.parse(world.now()) / 1_000);
    const id = `msg_${++sent}`;
    const key = Buffer.from(endpoint.secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update(`${id}.${at}.${raw}`).digest('base64');
    const answer = await world.platform.request('POST', new URL(endpoint.url).pathname, {
      raw,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(at),
        'webhook-signature': `v1,${signature}`,
      },
    });
    if (answer.status !== 202) throw new Error(answer.text);
  }
  const arrive = async (): Promise<void> => {
    await world.platform.drain();
    await world.pass(10);
  };

  it('come into the dataset some seconds later, each of them once', async () => {
    const datasetId = await world.dataset('number', 'total integer', 'event.id', 'event.type');
    const config = { kind: 'webhook', endpointId: endpoint.id };
    const empty = await world.call('POST', '/api/datasets/sources/preview', { config });
    expect(empty.status).toBe(422);
    const made = await world.call('POST', '/api/auth/api-keys/create', { name: 'Editor', role: 'editor' });
    for (const url of ['sources/preview', 'sources']) {
      const body = { ...(url === 'sources' ? { name: 'x' } : {}), config };
      const asEditor = { token: made.body.key, body };
      expect((await world.platform.request('POST', `/api/datasets/${url}`, asEditor)).status).toBe(403);
    }
    const id = await world.add({ datasetId, config });
    for (const number of ['A1', 'A2', 'A3']) await deliver(number, 5);
    await arrive();
    const first = await world.rows(datasetId);
    expect(first.map((row) => row.number).sort()).toEqual(['A1', 'A2', 'A3']);
    expect(new Set(first.map((row) => row.event_id)).size).toBe(3);

    // Announced again, all of it, from the beginning of the log.
    const events = (await world.call('GET', '/api/hooks/events?limit=50')).body.items;
    await world.call('POST', '/api/hooks/deliveries/replay-all', { endpointId: endpoint.id });
    await arrive();
    expect(events).toHaveLength(3);
    expect(await world.rows(datasetId)).toHaveLength(3);

    const { body } = await world.call('POST', '/api/datasets/sources/preview', { config });
    expect(body.columns.map(({ source }: { source: string }) => source).sort()).toEqual([
      'event.at',
      'event.id',
      'event.type',
      'number',
      'total',
    ]);
    expect((await world.read(id)).cursor).toEqual({ batch: 1 });
  });

  it('wait while the source is paused, and go with the next run when one has failed', async () => {
    const datasetId = await world.dataset('number');
    const id = await world.add({
      datasetId,
      active: false,
      config: { kind: 'webhook', endpointId: endpoint.id, types: ['standard'] },
    });
    await deliver('B1', 1);
    await arrive();
    expect(await world.rows(datasetId)).toEqual([]);

    const { datasets } = world.platform.app.ports;
    const { load } = datasets;
    Object.assign(datasets, { load: () => Promise.reject(new Error('The disk is full.')) });
    await world.call('PATCH', `/api/datasets/sources/${id}`, { active: true });
    expect((await world.run(id)).state).toBe('failed');
    Object.assign(datasets, { load });
    await deliver('B2', 2);
    await arrive();
    expect((await world.rows(datasetId)).map((row) => row.number).sort()).toEqual(['B1', 'B2']);
    // Where it was moved to another dataset, nothing comes a second time.
    const other = await world.dataset('number');
    await world.call('PATCH', `/api/datasets/sources/${id}`, { datasetId: other });
    await deliver('B3', 3);
    await arrive();
    expect((await world.rows(other)).map((row) => row.number)).toEqual(['B3']);
  });
});
