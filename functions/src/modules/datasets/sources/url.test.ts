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

  it('are taken up where the transfer broke off, or else come to nothing', async () => {
    const whole = `id,name\n${Array.from({ length: 20_000 }, (_, index) => `${index},${'x'.repeat(20)}`).join('\n')}\n`;
    let etag: string | undefined = '"v1"';
    const ranges: unknown[] = [];
    world.source.answers((request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
      const headers = {
        ...(etag ? { etag } : {}),
        'content-length': whole.length - from,
        ...(range ? { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` } : {}),
      };
      response.writeHead(range ? 206 : 200, headers);
      if (from > whole.length / 2) return void response.end(whole.slice(from));
      response.write(whole.slice(from, from + Math.ceil(whole.length / 3)), () => response.destroy());
    });
    const { datasetId, id } = await setUp();
    expect(await world.run(id)).toMatchObject({ state: 'done', rows: 20_000 });
    expect(ranges.length).toBeGreaterThan(1);
    expect(world.source.asked.slice(1).every(({ headers }) => headers['if-range'] === '"v1"')).toBe(true);
    expect(await world.rows(datasetId)).toHaveLength(200);

    // Nothing tells that the rest is of the same file.
    etag = undefined;
    const second = await setUp();
    expect(await world.run(second.id)).toMatchObject({ state: 'failed', error: 'The answer broke off.' });
    expect(await world.rows(second.datasetId)).toEqual([]);
  });

  it('of the platform’s own network are not called, also when a redirect leads there', async () => {
    for (const location of [
      'http://169.254.169.254/latest/meta-data',
      'https://10.0.0.1/x',
      'file:///etc/passwd',
    ]) {
      world.source.answers((_request, response) => void response.writeHead(302, { location }).end());
      const { status, body } = await world.call('POST', '/api/datasets/sources/preview', {
        config: address(),
      });
      expect([status, body.errors[0].code]).toEqual([422, 'source_failed']);
      expect(world.source.asked).toHaveLength(1);
    }
    world.source.answers(
      (_request, response) => void response.writeHead(302, { location: '/orders.csv' }).end(),
    );
    const { body } = await world.call('POST', '/api/datasets/sources/preview', { config: address() });
    expect(body.errors[0].message).toBe('It redirects too often.');
  });

  it('end in words when they are not what was expected', async () => {
    const { datasetId, id } = await setUp();
    const cut = gzipSync(CSV.repeat(500)).subarray(0, 60);
    const contents: readonly (readonly [Buffer | string, RegExp])[] = [
      ['<html><body>Not here</body></html>', /HTML/],
      ['', /empty/],
      [cut, /gzip/],
      ['id,title\n1,x\n', /has no column name/],
    ];
    for (const [content, message] of contents) {
      world.source.answers((_request, response) => void response.end(content));
      const run = await world.run(id);
      expect(run.state).toBe('failed');
      expect(run.error).toMatch(message);
      await world.call('PATCH', `/api/datasets/sources/${id}`, { active: true });
    }
    expect(await world.rows(datasetId)).toEqual([]);
  });
});
