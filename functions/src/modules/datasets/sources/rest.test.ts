import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Asked,
  createSourceWorld,
  createTestSource,
  type SourceWorld,
  sendJson,
} from './sources.fixture.ts';

const ITEMS = Array.from({ length: 25 }, (_, index) => ({ id: index + 1, name: `Item ${index + 1}` }));
const IDS = ITEMS.map(({ id }) => id);

describe('lists of an API', { timeout: 60_000 }, () => {
  let world: SourceWorld;
  beforeAll(async () => {
    world = await createSourceWorld();
  });
  afterAll(() => world.close());

  const number = ({ address }: Asked, name: string, other = 0) =>
    Number(address.searchParams.get(name) ?? other);
  const config = (more: object = {}) => ({ kind: 'rest', url: `${world.source.origin}/items`, ...more });
  async function load(more: object, rest: object = {}) {
    const datasetId = await world.dataset('id integer', 'name');
    const id = await world.add({ datasetId, config: config(more), ...rest });
    const run = await world.run(id);
    return { id, datasetId, run, ids: (await world.rows(datasetId)).map((row) => row.id) };
  }

  /** Reads the beginning, which all of it is here, and answers how many records there were. */
  async function look(more: object): Promise<number> {
    const { status, text, body } = await world.call('POST', '/api/datasets/sources/preview', {
      config: config(more),
    });
    if (status !== 200) throw new Error(text);
    return body.rows;
  }

  it('are read to the last page, whichever way they are paged', async () => {
    const { source } = world;
    source.answers((request, response) => {
      const page = number(request, 'page', 1);
      sendJson(response, { data: { items: ITEMS.slice((page - 1) * 10, page * 10) } });
    });
    expect((await load({ records: 'data.items', paging: { type: 'page' } })).ids).toEqual(IDS);
    expect(source.asked).toHaveLength(4);
    source.asked.length = 0;
    expect(await look({ records: 'data.items', paging: { type: 'page', size: 10 } })).toBe(25);
    expect(source.asked).toHaveLength(3);

    source.answers((request, response) => {
      const offset = number(request, 'offset');
      sendJson(response, ITEMS.slice(offset, offset + number(request, 'limit')));
    });
    expect(await look({ paging: { type: 'offset', limit: 7 } })).toBe(25);

    source.answers((request, response) => {
      const at = number(request, 'after');
      const next = at + 9 < ITEMS.length ? String(at + 9) : null;
      sendJson(response, { items: ITEMS.slice(at, at + 9), meta: { next } });
    });
    const byCursor = { records: 'items', paging: { type: 'cursor', parameter: 'after', path: 'meta.next' } };
    expect(await look(byCursor)).toBe(25);

    source.answers((request, response) => {
      const at = number(request, 'at');
      const link = `<https://elsewhere.test/?a=1,2>; rel=prev, </items?at=${at + 8}>; title="a, b"; rel="last next"`;
      sendJson(response, ITEMS.slice(at, at + 8), at + 8 < ITEMS.length ? { link } : {});
    });
    expect(await look({ paging: { type: 'link' } })).toBe(25);

    source.answers((request, response) => {
      const at = number(request, 'at');
      const next = at + 6 < ITEMS.length ? `${source.origin}/items?at=${at + 6}` : '';
      sendJson(response, { items: ITEMS.slice(at, at + 6), next });
    });
    expect(await look({ records: 'items', paging: { type: 'next', path: 'next' } })).toBe(25);
  });

  it('get the credentials, and other origins never do, though a page or a redirect leads there', async () => {
    const other = await createTestSource();
    try {
      other.answers((_request, response) => sendJson(response, [{ id: 2, name: 'b' }]));
      world.source.answers((_request, response) =>
        sendJson(response, [{ id: 1, name: 'a' }], { link: `<${other.origin}/next>; rel="next"` }),
      );
      const auths = [
        [{ type: 'bearer' }, { token: 'geheim' }, 'authorization', 'Bearer geheim'],
        [{ type: 'basic', user: 'ada' }, { password: 'geheim' }, 'authorization', 'Basic YWRhOmdlaGVpbQ=='],
        [{ type: 'api-key', header: 'X-Key' }, { key: 'geheim' }, 'x-key', 'geheim'],
      ] as const;
      for (const [auth, secrets, header, value] of auths) {
        world.source.asked.length = other.asked.length = 0;
        const described = config({ auth, headers: { 'X-Tenant': 'mine' }, paging: { type: 'link' } });
        const id = await world.add({ config: described, secrets });
        const seen = await world.call('POST', '/api/datasets/sources/preview', { id });
        expect(seen.body.rows).toBe(2);
        expect(world.source.asked[0]?.headers).toMatchObject({ [header]: value, 'x-tenant': 'mine' });
        expect(JSON.stringify(other.asked[0]?.rawHeaders)).not.toMatch(/geheim|YWRh|mine/);
        expect((await world.call('GET', `/api/datasets/sources/${id}`)).text).not.toMatch(/geheim/);
        expect((await world.call('GET', `/api/datasets/sources/${id}/history`)).text).not.toMatch(/geheim/);
        expect((await world.read(id)).secretNames).toEqual(Object.keys(secrets));
      }
      const inQuery = { auth: { type: 'api-key', parameter: 'key' }, paging: { type: 'link' } };
      const preview = (more: object, secrets: object) =>
        world.call('POST', '/api/datasets/sources/preview', { config: config(more), secrets });
      await preview(inQuery, { key: 'geheim' });
      expect(world.source.asked.at(-1)?.address.searchParams.get('key')).toBe('geheim');
      expect(other.asked.at(-1)?.url).not.toContain('geheim');
      world.source.answers(
        (_request, response) => void response.writeHead(302, { location: `${other.origin}/moved` }).end(),
      );
      await preview({ auth: { type: 'bearer' } }, { token: 'geheim' });
      expect(other.asked.at(-1)?.url).toBe('/moved');
      expect(other.asked.at(-1)?.headers.authorization).toBeUndefined();
    } finally {
      await other.close();
    }
  });

  it('keep a secret for the place it was entered for', async () => {
    world.source.answers((_request, response) => sendJson(response, ITEMS));
    const auth = { type: 'bearer' };
    const id = await world.add({ config: config({ auth }), secrets: { token: 'geheim' } });
    const elsewhere = { kind: 'rest', url: 'https://collector.example.com/', auth };
    const moved = await world.call('PATCH', `/api/datasets/sources/${id}`, { config: elsewhere });
    expect([moved.status, moved.body.errors?.[0]?.code]).toEqual([422, 'enter_again']);
    const tried = await world.call('POST', '/api/datasets/sources/preview', { id, config: elsewhere });
    expect([tried.status, tried.body.errors?.[0]?.code]).toEqual([422, 'enter_again']);
    const same = config({ auth, records: '' });
    expect((await world.call('POST', '/api/datasets/sources/preview', { id, config: same })).status).toBe(
      200,
    );
    expect(world.source.asked.at(-1)?.headers.authorization).toBe('Bearer geheim');
    const plain = config({ headers: { Authorization: 'Bearer geheim' } });
    expect((await world.call('POST', '/api/datasets/sources', { name: 'x', config: plain })).status).toBe(
      422,
    );
  });

  it('are called again after 429 and 5xx, no sooner than they ask, and what stops half-way loads nothing', async () => {
    const answers = [429, 503, 200];
    let calls = 0;
    world.source.answers((_request, response) => {
      const status = answers[calls++] ?? 200;
      if (status === 200) sendJson(response, ITEMS);
      else response.writeHead(status, { 'retry-after': '1' }).end();
    });
    expect((await load({})).run).toMatchObject({ state: 'done', rows: 25 });
    expect(calls).toBe(3);

    world.source.answers((request, response) => {
      if (number(request, 'page', 1) === 1) sendJson(response, ITEMS);
      else response.writeHead(429, { 'retry-after': '3600' }).end();
    });
    const { run, ids } = await load({ paging: { type: 'page' } });
    expect(run).toMatchObject({ state: 'failed', error: 'It answered 429.' });
    expect(ids).toEqual([]);
    const [, second] = world.source.asked.filter((asked) => number(asked, 'page') === 1);
    expect(second).toBeDefined();
  });

  it('end in words when they are not what was described', async () => {
    const cases: readonly [object, unknown, RegExp][] = [
      [
        { records: 'data.items' },
        { items: [] },
        /There is no list at data\.items of its answer; it has items\./,
      ],
      [{}, { items: [] }, /Say at which member its records are; it has items\./],
      [
        { paging: { type: 'cursor', path: 'next' }, records: 'a' },
        { a: [{ id: 1 }], next: 'x' },
        /same page/,
      ],
      [{ paging: { type: 'page' }, maxPages: 3 }, [{ id: 1 }], /more than 3 pages/],
      [
        { paging: { type: 'next', path: 'next' }, records: 'a' },
        { a: [], next: 'http://10.0.0.1/' },
        /not an address on the public|https/,
      ],
    ];
    for (const [more, answer, message] of cases) {
      world.source.answers((_request, response) => sendJson(response, answer));
      const { run } = await load(more);
      expect(run.state).toBe('failed');
      expect(run.error).toMatch(message);
    }
    world.source.answers((_request, response) => void response.end('<html>'));
    expect((await load({})).run.error).toBe('It answered HTML, not JSON.');
    world.source.answers((_request, response) => void response.writeHead(401).end());
    expect((await load({})).run.error).toMatch(/credentials/);
  });

  it('keep long numbers, and take an answer without records for empty', async () => {
    world.source.answers(
      (_request, response) => void response.end('[{"id": 9007199254740993, "name": 12345678901234567890}]'),
    );
    const { datasetId } = await load({});
    expect((await world.rows(datasetId))[0]?.name).toBe('12345678901234567890');
    world.source.answers((_request, response) => sendJson(response, []));
    expect((await load({})).run).toMatchObject({ state: 'done', rows: 0 });
  });
});
