import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSourceWorld, type SourceWorld } from './sources.fixture.ts';

const CSV = 'id,name\n1,Ada\n2,Grace\n';

describe('files at an address', { timeout: 60_000 }, () => {
  let world: SourceWorld;
  beforeAll(async () => {
    world = await createSourceWorld();
  });
  afterAll(() => world.close());

  const address = (path = '/orders.csv') => ({ kind: 'url', url: `${world.source.origin}${path}` });
  const setUp = async (more: object = {}) => {
    const datasetId = await world.dataset('id integer', 'name');
    return { datasetId, id: await world.add({ datasetId, config: address(), ...more }) };
  };

  it('are looked at before anything is saved, and nothing is kept of them', async () => {
    world.source.answers((_request, response) => void response.end(gzipSync(CSV)));
    const { status, body } = await world.call('POST', '/api/datasets/sources/preview', { config: address() });
    expect(status).toBe(200);
    expect(body).toMatchObject({ rows: 2, layout: { format: 'csv' } });
    expect(body.columns.map(({ name, type }: { name: string; type: string }) => `${name} ${type}`)).toEqual([
      'id integer',
      'name string',
    ]);
    expect((await world.call('GET', '/api/datasets/uploads')).body.items).toEqual([]);
  });

  it('are loaded, and not again while they have not changed', async () => {
    let etag = '"v1"';
    world.source.answers((request, response) => {
      if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
      response.writeHead(200, { etag, 'content-type': 'text/csv' }).end(CSV);
    });
    const { datasetId, id } = await setUp({ mode: 'replace' });
    expect(await world.run(id)).toMatchObject({ state: 'done', rows: 2 });
    expect(await world.run(id)).toMatchObject({ state: 'done', rows: 0 });
    expect(await world.rows(datasetId)).toHaveLength(2);
    etag = '"v2"';
    expect(await world.run(id)).toMatchObject({ state: 'done', rows: 2 });
    expect(await world.rows(datasetId)).toHaveLength(2);
    expect(await world.read(id)).toMatchObject({ lastState: 'done', failures: 0, cursor: { etag } });
  });
});
