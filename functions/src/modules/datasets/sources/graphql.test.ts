import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asked, createSourceWorld, type SourceWorld, sendJson } from './sources.fixture.ts';

const NODES = Array.from({ length: 7 }, (_, index) => ({ id: index + 1, name: `Order ${index + 1}` }));
const QUERY = 'query ($after: String, $since: String) { orders(after: $after, since: $since) { … } }';

describe('lists and connections of a GraphQL API', { timeout: 60_000 }, () => {
  let world: SourceWorld;
  beforeAll(async () => {
    world = await createSourceWorld();
  });
  afterAll(() => world.close());

  const config = (more: object = {}) => ({
    kind: 'graphql',
    url: `${world.source.origin}/graphql`,
    query: QUERY,
    records: 'data.orders.edges',
    paging: { type: 'relay' },
    variables: { since: '{{since}}', first: 3 },
    ...more,
  });
  const asked = (request: Asked | undefined) => JSON.parse(request?.text ?? '{}').variables;
  const connection = (nodes: readonly object[], from: number, info: object = {}) => ({
    data: {
      orders: {
        edges: nodes.slice(from, from + 3).map((node) => ({ node })),
        pageInfo: { hasNextPage: from + 3 < nodes.length, endCursor: String(from + 3), ...info },
      },
    },
  });

  it('are read to the last page, and from where they stood', async () => {
    world.source.answers((request, response) =>
      sendJson(response, connection(NODES, Number(asked(request).after ?? 0))),
    );
    const datasetId = await world.dataset('id integer', 'name');
    const auth = { type: 'bearer' };
    const incremental = { field: 'id', kind: 'number' };
    const id = await world.add({
      datasetId,
      config: config({ auth }),
      secrets: { token: 'geheim' },
      incremental,
    });
    expect(await world.run(id)).toMatchObject({ state: 'done', rows: 7 });
    expect(world.source.asked.map((request) => asked(request))).toEqual([
      { since: null, first: 3 },
      { since: null, first: 3, after: '3' },
      { since: null, first: 3, after: '6' },
    ]);
    expect(world.source.asked[0]?.headers).toMatchObject({
      authorization: 'Bearer geheim',
      'content-type': 'application/json',
    });
    expect(await world.run(id)).toMatchObject({ state: 'done', rows: 0 });
    expect(asked(world.source.asked.at(-1)).since).toBe('7');
    expect(await world.rows(datasetId)).toHaveLength(7);
  });

  it('end in words when they answer errors, or pages without an end', async () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ data: { orders: null }, errors: [{ message: 'Field "x" is unknown.' }] }, /Field "x" is unknown\./],
      [connection(NODES, 0, { endCursor: '3' }), /same page/],
      [connection(NODES, 0, { endCursor: null }), /no endCursor/],
      [{ data: { orders: { edges: [] } } }, /pageInfo/],
      [{ data: {} }, /There is no list at data\.orders\.edges/],
    ];
    for (const [answer, message] of cases) {
      world.source.answers((_request, response) => sendJson(response, answer));
      const { status, body } = await world.call('POST', '/api/datasets/sources/preview', {
        config: config(),
      });
      expect(status).toBe(422);
      expect(body.errors[0].message).toMatch(message);
    }
    world.source.answers(
      (_request, response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    const { body } = await world.call('POST', '/api/datasets/sources/preview', { config: config() });
    expect(body.errors[0].message).toMatch(/302/);
    expect(world.source.asked).toHaveLength(1);
  });
});
