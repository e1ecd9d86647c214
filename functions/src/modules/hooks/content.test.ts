import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHookWorld, type HookWorld } from './hooks.fixture.ts';

let world: HookWorld;
beforeAll(async () => {
  world = await createHookWorld();
});
afterAll(() => world?.platform.close());

const latin1 = Buffer.from('<?xml version="1.0"?><name>Zoë</name>', 'latin1');

it.each<[string, string | undefined, string | Buffer, unknown]>([
  ['JSON', 'application/json', '{"a":1}', { a: 1 }],
  ['JSON of a kind', 'application/vnd.api+json; charset=utf-8', '{"a":1}', { a: 1 }],
  ['JSON with a byte order mark', 'application/json', Buffer.from('\ufeff{"a":1}'), { a: 1 }],
  ['a form', 'application/x-www-form-urlencoded', 'a=1&b=x+y&b=%C3%AB', { a: '1', b: ['x y', 'ë'] }],
  ['XML', 'application/xml', '<a>1</a>', '<a>1</a>'],
  ['XML in another charset', 'text/xml; charset=iso-8859-1', latin1, '<?xml version="1.0"?><name>Zoë</name>'],
  ['text', 'text/plain', 'hello', 'hello'],
  ['text that looks like JSON', 'text/plain', '{"a":1}', '{"a":1}'],
  ['bytes', 'application/octet-stream', Buffer.from([0xff, 0x00, 0xfe]), '/wD+'],
  ['JSON that does not say so', undefined, '{"a":1}', { a: 1 }],
  ['nothing', 'text/plain', '', ''],
  ['an unknown charset', 'text/plain; charset=klingon', 'x', 'eA=='],
])('%s is stored byte by byte, and a mapping gets it', async (_name, type, raw, seen) => {
  const to = await world.hook({ signature: { scheme: 'none' }, action: 'event', mapping: '{ "seen": $ }' });
  const answer = await world.platform.request('POST', to.path, {
    raw,
    headers: type === undefined ? {} : { 'content-type': type },
  });
  expect(answer.status).toBe(202);
  await world.platform.drain();
  const { body } = await world.call('GET', `/api/hooks/deliveries/content?id=${answer.body.id}`);
  expect(Buffer.from(body.body, body.encoding)).toEqual(Buffer.from(raw));
  const events = await world.call('GET', `/api/hooks/events?endpointId=${to.id}`);
  expect(events.body.items).toMatchObject([{ data: { seen } }]);
});

it('the query is stored and mapped too', async () => {
  const to = await world.hook({
    signature: { scheme: 'none' },
    action: 'event',
    mapping: '{ "shop": $query.shop, "agent": $headers."user-agent", "id": $event.id }',
    idFrom: { header: 'x-id' },
  });
  const headers = { 'content-type': 'application/json', 'user-agent': 'Shop/1', 'x-id': 'q-1' };
  await world.platform.request('POST', `${to.path}?shop=a%26b&__x__=1`, { raw: '{}', headers });
  await world.platform.drain();
  const events = await world.call('GET', `/api/hooks/events?endpointId=${to.id}`);
  expect(events.body.items).toMatchObject([{ data: { shop: 'a&b', agent: 'Shop/1', id: 'q-1' } }]);
});

it('an event that the store cannot hold fails with a reason', async () => {
  const to = await world.hook({ signature: { scheme: 'none' }, action: 'event', mapping: '$' });
  const large = JSON.stringify({ a: Array(120_000).fill(1) });
  for (const raw of ['{"a":[[1]]}', '{"__a__":1}', '{"a":{"":1}}', large]) {
    const { body } = await world.deliver(to, raw, {});
    await world.platform.drain();
    const delivery = (await world.call('GET', `/api/hooks/deliveries/${body.id}`)).body;
    expect(delivery).toMatchObject({ state: 'failed', error: expect.stringContaining('data:') });
  }
});
