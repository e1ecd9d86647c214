import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebhookWorld, type World } from './world.fixture.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
}
let world: World;
let receiver: Server;
let events: { path: string; type: string; data: Record<string, unknown> }[];
let answer: (path: string) => Answer;
const logged: string[] = [];
const write = (fields: object, message: string): void => void logged.push(JSON.stringify([fields, message]));

beforeEach(async () => {
  events = [];
  receiver = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const path = request.url ?? '';
    events.push({ path, type: body.type, data: body.data });
    const { status, headers } = answer(path);
    response.writeHead(status, headers).end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  world = await createWebhookWorld({
    url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    log: { debug: write, info: write, warn: write, error: write },
  });
});
afterEach(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await world.close();
});

const arrived = (path: string): number => events.filter((event) => event.path === path).length;
const other = (path: string): string => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`;

describe('an endpoint that fails', () => {
  it('shows since when, is warned of after a day and disabled after five; each is an event', async () => {
    answer = (path) => ({ status: path === '/watch' ? 200 : 500 });
    const { id } = await world.makeEndpoint();
    await world.makeEndpoint({ url: other('/watch'), events: ['webhooks.warnings.created'] });
    await world.makeContact();
    await world.platform.drain();
    const failingSince = new Date(world.now()).toISOString();
    const disablesAt = new Date(world.now() + 5 * 86_400_000).toISOString();
    const state = () => world.api('GET', `webhooks/states/${id}`);
    expect((await state()).body).toMatchObject({ failingSince, disablesAt, firstError: 'It answered 500.' });
    for (let day = 0; day < 5; day += 1) {
      await world.later(86_400);
      await world.makeContact();
      await world.platform.drain();
    }
    const { items } = (await world.api('GET', `webhooks/warnings?endpointId=${id}&sort=createdAt`)).body;
    expect(items).toMatchObject([
      { kind: 'failing', failingSince, disablesAt },
      { kind: 'disabled', reason: 'Every delivery has failed for 5 days.' },
    ]);
    const told = events.filter(({ path }) => path === '/watch').map(({ data }) => data);
    expect(told).toMatchObject([{ changes: { kind: 'failing' } }, { changes: { kind: 'disabled' } }]);
  });

  it('is well again after one success', async () => {
    answer = () => ({ status: 500 });
    const { id } = await world.makeEndpoint();
    await world.makeContact();
    await world.platform.drain();
    answer = () => ({ status: 200 });
    await world.later(6);
    const { body } = await world.api('GET', `webhooks/states/${id}`);
    expect(body.failingSince).toBeUndefined();
  });

  it('never has its secret, its signatures or the query of its address in the log', async () => {
    answer = () => ({ status: 410 });
    const { secret } = await world.makeEndpoint({ url: other('/hook?key=hidden-in-query') });
    await world.makeContact();
    await world.platform.drain();
    const { items } = (await world.api('GET', 'webhooks/warnings')).body;
    const text = logged.join('\n') + JSON.stringify(items);
    expect(text).toContain('It answered 410 Gone.');
    for (const hidden of [secret, secret.slice(6), 'v1,', 'hidden-in-query'])
      expect(text).not.toContain(hidden);
  });
});

describe('Retry-After', () => {
  it.each([
    ['seconds', () => ({ 'retry-after': '3600' })],
    [
      'a date by a clock that is a day ahead',
      (now: number) => ({
        date: new Date(now + 86_400_000).toUTCString(),
        'retry-after': new Date(now + 86_400_000 + 3_600_000).toUTCString(),
      }),
    ],
  ])('in %s is kept to, by all deliveries to the endpoint and by no other', async (_form, headers) => {
    answer = (path) => (path === '/other' ? { status: 200 } : { status: 429, headers: headers(world.now()) });
    const { id } = await world.makeEndpoint();
    await world.makeEndpoint({ url: other('/other') });
    await world.makeContact();
    await world.platform.drain();
    answer = () => ({ status: 200 });
    await world.makeContact();
    await world.later(3_500);
    expect([arrived('/hook'), arrived('/other')]).toEqual([1, 2]);
    await world.later(110);
    expect(arrived('/hook')).toBe(3);
    expect((await world.attemptsOf(id)).map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'failed',
      'delivered',
      'delivered',
    ]);
  });

  it('is at most a day, and nothing when it makes no sense', async () => {
    answer = () => ({ status: 503, headers: { 'retry-after': '99999999' } });
    await world.makeEndpoint();
    await world.makeEndpoint({ url: other('/odd') });
    answer = (path) => ({ status: 503, headers: { 'retry-after': path === '/odd' ? 'soon' : '99999999' } });
    await world.makeContact();
    await world.platform.drain();
    await world.later(6);
    expect([arrived('/hook'), arrived('/odd')]).toEqual([1, 2]);
    await world.later(86_400);
    expect(arrived('/hook')).toBe(2);
  });
});

it('says when clocks that differ may be why a signature was refused', async () => {
  answer = () => ({ status: 401, headers: { date: new Date(world.now() - 86_400_000).toUTCString() } });
  const { id } = await world.makeEndpoint();
  await world.makeContact();
  await world.platform.drain();
  const [{ error }] = await world.attemptsOf(id);
  expect(error).toMatch(/^It answered 401\. Its clock and this server's differ by 8640\d s/);
});

describe('bad wishes', () => {
  it.each([
    [{ events: ['crm.contacts.exploded'] }, 'events.0', undefined],
    [{ events: ['crm.contacts.*', 'nothing.*'] }, 'events.1', 'unknown_event'],
    [{ events: ['crm.nothing.created'] }, 'events.0', 'unknown_event'],
    [{ events: ['jobs.jobs.created'] }, 'events.0', 'unknown_event'],
    [{ where: { colour: ['red'] } }, 'where.colour', 'unknown_field'],
    [{ changedFields: ['name', 'colour'] }, 'changedFields.1', 'unknown_field'],
    [{ events: ['webhooks.endpoints.*'], where: { secret: ['x'] } }, 'where.secret', 'unknown_field'],
    [{ url: 'https://127.0.0.2/' }, 'url', 'address_refused'],
  ])('%j are refused when an endpoint is made and when it is changed', async (wish, path, code) => {
    answer = () => ({ status: 200 });
    const refused = { path, ...(code ? { code } : {}) };
    const body = { url: other('/hook'), events: ['crm.contacts.*'], ...wish };
    const made = await world.manage('create', body);
    expect(made).toMatchObject({ status: 422, body: { errors: [refused] } });
    const { id } = await world.makeEndpoint();
    const changed = await world.api('PATCH', `webhooks/endpoints/${id}`, wish);
    expect(changed).toMatchObject({ status: 422, body: { errors: [refused] } });
    expect((await world.api('PATCH', `webhooks/endpoints/${id}`, { description: 'fine' })).status).toBe(200);
  });

  it('of a test or a recovery are refused too', async () => {
    const { id } = await world.makeEndpoint();
    const unknown = await world.manage('test', { id, event: 'crm.contacts.exploded' });
    expect(unknown).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'event', code: 'unknown_event' }] },
    });
    const ahead = await world.manage('recover', {
      id,
      since: new Date(world.now() + 86_400_000).toISOString(),
    });
    expect(ahead).toMatchObject({ status: 422, body: { errors: [{ path: 'since', code: 'in_future' }] } });
    expect((await world.manage('recover', { id, since: 'yesterday' })).status).toBe(422);
  });
});

it('sends the example of an event on request', async () => {
  answer = () => ({ status: 200 });
  const { id } = await world.makeEndpoint();
  expect((await world.manage('test', { id, event: 'finance.invoices.created' })).status).toBe(202);
  await world.platform.drain();
  expect(events).toMatchObject([
    { type: 'finance.invoices.created', data: { collection: 'finance.invoices', operation: 'create' } },
  ]);
});
