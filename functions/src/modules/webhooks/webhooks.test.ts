import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSubscriber } from '../../kernel/changes/subscribe.ts';
import { RETRY_JITTER, RETRY_SCHEDULE } from './deliver.ts';
import { onChange } from './on-change.ts';
import { createWebhookWorld, type World } from './world.fixture.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a body under test has no type until it was checked
  readonly body: any;
}
type Answer = { status: number; body?: string; headers?: Record<string, string> } | 'hang';

let world: World;
let receiver: Server;
let url: string;
let received: Received[];
let answer: (got: Received) => Answer;

beforeEach(async () => {
  received = [];
  answer = () => ({ status: 204 });
  receiver = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const got = { path: request.url ?? '', headers: request.headers, text, body: JSON.parse(text) };
    received.push(got);
    const given = answer(got);
    if (given !== 'hang') response.writeHead(given.status, given.headers).end(given.body);
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  world = await createWebhookWorld({ url: `${url}/hook` });
});
afterEach(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await world.close();
});

const api: World['api'] = (...args) => world.api(...args);
const manage: World['manage'] = (...args) => world.manage(...args);
const makeEndpoint: World['makeEndpoint'] = (...args) => world.makeEndpoint(...args);
const makeContact: World['makeContact'] = (...args) => world.makeContact(...args);
const later: World['later'] = (seconds) => world.later(seconds);
const attemptsOf: World['attemptsOf'] = (id) => world.attemptsOf(id);
const verify = (secret: string, { text, headers }: Received): unknown =>
  new Webhook(secret).verify(text, headers as Record<string, string>);
const names = (): string[] => received.map(({ body }) => body.data.changes.name);

describe('a change', () => {
  it('is sent signed, as the Standard Webhooks library checks it', async () => {
    const { id, secret } = await makeEndpoint();
    const contact = await makeContact({ name: 'Ada', email: 'ada@example.test' });
    await world.platform.drain();
    expect(received).toHaveLength(1);
    const [got] = received as [Received];
    expect(verify(secret, got)).toEqual(got.body);
    expect(() => verify(`whsec_${Buffer.alloc(24).toString('base64')}`, got)).toThrow();
    expect(got.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Mewayz-Webhooks/test',
    });
    expect(got.body).toMatchObject({
      type: 'crm.contacts.created',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        id: contact,
        collection: 'crm.contacts',
        version: 1,
        operation: 'create',
        changes: { name: 'Ada' },
      },
    });
    const [attempt] = await attemptsOf(id);
    expect(attempt).toMatchObject({
      outcome: 'delivered',
      number: 1,
      event: 'crm.contacts.created',
      messageId: got.headers['webhook-id'],
      responseStatus: 204,
      requestBody: got.text,
    });
    expect(JSON.stringify(attempt)).not.toContain(String(got.headers['webhook-signature']));
  });

  it('is sent once to each endpoint that asked for it, even when it is delivered again', async () => {
    await makeEndpoint({ url: `${url}/a` });
    await makeEndpoint({ url: `${url}/b`, events: ['*'] });
    await makeEndpoint({ url: `${url}/c`, events: ['crm.contacts.deleted', 'finance.*'] });
    await makeEndpoint({ url: `${url}/d`, active: false });
    const stranger = await world.platform.register('Stranger');
    await world.platform.drain();
    received = [];
    await makeContact();
    await api('POST', 'crm/contacts', { name: 'Foreign' }, stranger.token);
    const changes = await world.platform.drain();
    await runSubscriber(world.platform.app, onChange, changes);
    await later(0);
    expect(received.map(({ path }) => path).toSorted()).toEqual(['/a', '/b']);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('never holds secrets, nor what delivering itself writes', async () => {
    await makeEndpoint({ events: ['*'] });
    const { body } = await manage('create', { url: `${url}/second`, events: ['crm.deals.*'] });
    await api('POST', 'auth/api-keys/create', { name: 'Key', role: 'viewer' });
    await world.platform.drain();
    const types = received.map((got) => got.body.type);
    expect(types).toContain('webhooks.endpoints.created');
    expect(types.filter((type) => /^(?:jobs|webhooks\.(?:attempts|states))\./.test(type))).toEqual([]);
    const text = received.map((got) => got.text).join();
    expect(text).not.toContain(body.secret);
    expect(text).not.toMatch(/"(?:secret|hash|keyHash)":/);
  });

  it('is sent when it passes the filters, by what the record was then', async () => {
    await makeEndpoint({ where: { name: ['Ada', 'Bob'] }, changedFields: ['name', 'score'] });
    const contact = await makeContact({ name: 'Ada', score: 1 });
    await makeContact({ name: 'Eve' });
    await api('PATCH', `crm/contacts/${contact}`, { phone: '1' });
    await api('PATCH', `crm/contacts/${contact}`, { score: 2 });
    await api('PATCH', `crm/contacts/${contact}`, { name: 'Eve' });
    await api('DELETE', `crm/contacts/${contact}`);
    await world.platform.drain();
    expect(received.map(({ body }) => [body.data.operation, body.data.version]).toSorted()).toEqual([
      ['create', 1],
      ['update', 3],
    ]);
  });
});

describe('a change', () => {
  it('of a record that was removed for good is sent to nobody who asks what it was', async () => {
    await makeEndpoint({ where: { name: ['Ada'] } });
    const [known] = await world.platform.drain();
    if (!known) throw new Error('there was no change');
    const gone = {
      ...known,
      id: '01JD0000000000000000000000',
      collection: 'crm.contacts',
      event: 'crm.contacts.updated',
      operation: 'update' as const,
      recordId: 'con_01JD0000000000000000000000',
      version: 2,
      patch: { name: 'Ada' },
    };
    await runSubscriber(world.platform.app, onChange, [gone]);
    await world.platform.drain();
    expect(received.map(({ body }) => body.type)).not.toContain('crm.contacts.updated');
  });
});

describe('an endpoint', () => {
  it('is refused when its address is not public', async () => {
    for (const bad of ['https://10.0.0.1/', 'http://example.com/', 'https://localhost/', 'https://[::1]/']) {
      const refused = await manage('create', { url: bad, events: ['*'] });
      expect(refused.status).toBe(422);
      expect(refused.body.errors[0]).toMatchObject({ path: 'url', code: 'address_refused' });
    }
    const { id } = await makeEndpoint();
    const turned = await api('PATCH', `webhooks/endpoints/${id}`, { url: 'https://169.254.169.254/latest/' });
    expect(turned.body.errors).toMatchObject([{ path: 'url', code: 'address_refused' }]);
  });

  it('rotates its secret with an overlap in which both sign', async () => {
    const { id, secret: old } = await makeEndpoint();
    const { secret: fresh } = (await manage('rotate-secret', { id, overlapHours: 1 })).body;
    await makeContact();
    await world.platform.drain();
    const [both] = received as [Received];
    expect(String(both.headers['webhook-signature']).split(' ')).toHaveLength(2);
    for (const secret of [old, fresh]) expect(verify(secret, both)).toEqual(both.body);
    const { secret: last } = (await manage('rotate-secret', { id, overlapHours: 0 })).body;
    await makeContact();
    await world.platform.drain();
    const [, only] = received as [Received, Received];
    expect(verify(last, only)).toEqual(only.body);
    for (const secret of [old, fresh]) expect(() => verify(secret, only)).toThrow();
  });

  it('made by a narrowed API key is sent no more than the key may read, and the key cannot turn others to itself', async () => {
    const { body: key } = await api(
      'POST',
      'auth/api-keys/create',
      {
        name: 'Narrow',
        role: 'admin',
        permissions: ['webhooks.*', 'finance.*'],
      },
      world.tenant.token,
    );
    await makeEndpoint({ events: ['*'] }, key.key);
    const { id } = await makeEndpoint({ url: `${url}/owner` });
    const turned = await api('PATCH', `webhooks/endpoints/${id}`, { url: `${url}/thief` }, key.key);
    expect(turned.status).toBe(403);
    await makeContact();
    await world.platform.drain();
    expect(received.map(({ path, body }) => [path, body.type])).toContainEqual([
      '/owner',
      'crm.contacts.created',
    ]);
    expect(
      received.filter(({ path, body }) => path === '/hook' && !/^(?:webhooks|finance)/.test(body.type)),
    ).toEqual([]);
  });
});

describe('a failed delivery', () => {
  it('is repeated by the published schedule, then parked; it can be sent again', async () => {
    answer = () => ({ status: 500, body: 'x'.repeat(10_000), headers: { 'x-why': 'broken' } });
    const { id } = await makeEndpoint();
    await makeContact();
    await world.platform.drain();
    for (const [index, seconds] of RETRY_SCHEDULE.entries()) {
      await later(seconds - 1);
      expect(received).toHaveLength(index + 1);
      await later(1 + seconds * RETRY_JITTER);
      expect(received).toHaveLength(index + 2);
    }
    await later(1_000_000);
    expect(received).toHaveLength(10);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(received.map(({ text }) => text)).size).toBe(1);
    const attempts = await attemptsOf(id);
    expect(attempts.map(({ number }: { number: number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(attempts[0]).toMatchObject({
      outcome: 'failed',
      responseStatus: 500,
      responseHeaders: { 'x-why': 'broken' },
      responseBody: 'x'.repeat(4_096),
      errorKind: 'status',
      error: 'It answered 500.',
    });
    const { body: job } = await api('GET', `jobs/jobs/${attempts[0].jobId}`);
    expect(job).toMatchObject({ state: 'dead', kind: 'webhooks.deliver', lastError: 'It answered 500.' });
    answer = () => ({ status: 200 });
    expect(await api('POST', 'webhooks/attempts/resend', { id: attempts[3].id })).toMatchObject({
      status: 202,
    });
    await later(0);
    expect((await attemptsOf(id)).at(-1)).toMatchObject({ outcome: 'delivered', number: 1 });
  });

  it('is one that was answered by a redirect, which is not followed', async () => {
    answer = () => ({ status: 307, headers: { location: `${url}/elsewhere` } });
    const { id } = await makeEndpoint();
    await makeContact();
    await world.platform.drain();
    expect(received.map(({ path }) => path)).toEqual(['/hook']);
    expect(await attemptsOf(id)).toMatchObject([
      { outcome: 'failed', responseStatus: 307, errorKind: 'redirect' },
    ]);
  });

  it('disables the endpoint after five days without a success, or at once when it is gone', async () => {
    answer = ({ path }) => ({ status: path === '/gone' ? 410 : path === '/watch' ? 200 : 503 });
    const failing = await makeEndpoint();
    const gone = await makeEndpoint({ url: `${url}/gone` });
    await makeEndpoint({ url: `${url}/watch`, events: ['webhooks.endpoints.updated'] });
    for (let day = 0; day < 5; day += 1) {
      await makeContact();
      await world.platform.drain();
      await later(86_400);
      expect((await api('GET', `webhooks/endpoints/${gone.id}`)).body).toMatchObject({
        active: false,
        disabledReason: 'It answered 410 Gone.',
      });
    }
    expect((await api('GET', `webhooks/endpoints/${failing.id}`)).body).toMatchObject({
      active: false,
      disabledAt: expect.any(String),
      disabledReason: 'Every delivery has failed for 5 days.',
    });
    await world.platform.drain();
    const warnings = received.filter(({ path }) => path === '/watch').map(({ body }) => body.data);
    expect(warnings).toContainEqual(expect.objectContaining({ id: failing.id }));
    expect((await manage('test', { id: failing.id })).status).toBe(409);
  });

  it('is recovered with everything since a time, also from while the endpoint was disabled', async () => {
    const since = new Date(Date.now() - 1_000).toISOString();
    const { id } = await makeEndpoint();
    await makeContact({ name: 'arrived' });
    await world.platform.drain();
    answer = () => ({ status: 410 });
    await makeContact({ name: 'failed' });
    await world.platform.drain();
    await makeContact({ name: 'missed' });
    await world.platform.drain();
    answer = () => ({ status: 200 });
    const { body } = await api('PATCH', `webhooks/endpoints/${id}`, { active: true });
    expect(body.disabledReason).toBeUndefined();
    received = [];
    const { status, body: recovery } = await manage('recover', { id, since });
    expect(status).toBe(202);
    await world.platform.drain();
    await later(1);
    expect(names().toSorted()).toEqual(['failed', 'missed']);
    expect((await api('GET', `jobs/jobs/${recovery.jobId}`)).body.result).toEqual({ sent: 2 });
    await manage('recover', { id, since });
    await world.platform.drain();
    expect(received).toHaveLength(2);
  });
});

describe('other endpoints', () => {
  it('are not held up by one that hangs', { timeout: 30_000 }, async () => {
    answer = ({ path }) => (path === '/hangs' ? 'hang' : { status: 200 });
    await makeEndpoint({ url: `${url}/hangs` });
    await makeEndpoint({ url: `${url}/well` });
    for (let index = 0; index < 20; index += 1) await makeContact({ name: `n${index}` });
    // The subscriber has made the deliveries; the hanging calls are still open when all others have arrived.
    const drained = world.platform.drain();
    const at = (path: string): number => received.filter((got) => got.path === path).length;
    await expect.poll(() => at('/well'), { timeout: 14_000 }).toBe(20);
    expect(at('/hangs')).toBeLessThanOrEqual(10);
    receiver.closeAllConnections();
    answer = () => ({ status: 200 });
    await drained;
  });
});

it('sends the changes of one record in order to an endpoint that asked for it', async () => {
  let broken = true;
  answer = ({ body }) => ({ status: broken && body.data.version === 1 ? 500 : 200 });
  await makeEndpoint({ ordered: true });
  const contact = await makeContact({ name: 'v1' });
  await makeContact({ name: 'other' });
  await api('PATCH', `crm/contacts/${contact}`, { name: 'v2' });
  await api('PATCH', `crm/contacts/${contact}`, { name: 'v3' });
  answer = ({ body }) => ({ status: broken && body.data.changes.name === 'v1' ? 500 : 200 });
  await world.platform.drain();
  await later(1);
  expect(names().toSorted()).toEqual(['other', 'v1']);
  broken = false;
  for (let second = 0; second < 12; second += 1) await later(1);
  expect(names().filter((name) => name !== 'other')).toEqual(['v1', 'v1', 'v2', 'v3']);
});

it('sends what is large whole, and logs the beginning of it', async () => {
  const { id, secret } = await makeEndpoint({ events: ['finance.invoices.created'] });
  const line = { description: 'x'.repeat(500), quantity: 1, unitPrice: '1.00' };
  const lines = Array.from({ length: 1_000 }, () => line);
  const made = await api('POST', 'finance/invoices', { status: 'draft', currency: 'EUR', lines });
  expect(made.status).toBe(201);
  await world.platform.drain();
  const [got] = received as [Received];
  expect(verify(secret, got)).toMatchObject({ data: { id: made.body.id } });
  expect(got.body.data.changes.lines).toHaveLength(1_000);
  const [attempt] = await attemptsOf(id);
  expect(attempt).toMatchObject({ outcome: 'delivered', requestBody: got.text.slice(0, 65_536) });
});

it('sends a test event', async () => {
  const { id, secret } = await makeEndpoint({ events: ['finance.invoices.*'] });
  const { status, body } = await manage('test', { id });
  expect(status).toBe(202);
  await world.platform.drain();
  expect(received).toHaveLength(1);
  expect(verify(secret, received[0] as Received)).toMatchObject({ type: 'webhooks.test' });
  expect((await api('GET', `jobs/jobs/${body.jobId}`)).body).toMatchObject({
    state: 'done',
    result: { status: 204 },
  });
});

it('lists every event with a schema and an example', async () => {
  const { events } = (await api('GET', 'webhooks/catalogue')).body;
  const byName = new Map<string, { schema: { properties: never }; example: object }>(
    events.map((event: { name: string }) => [event.name, event]),
  );
  expect(byName.get('crm.contacts.updated')).toMatchObject({
    schema: {
      type: 'object',
      properties: {
        data: { properties: { changes: { properties: { name: { anyOf: [{}, { type: 'null' }] } } } } },
      },
    },
    example: { type: 'crm.contacts.updated', data: { collection: 'crm.contacts', operation: 'update' } },
  });
  expect([...byName.keys()].filter((name) => /^(?:jobs|auth\.users|webhooks\.attempts)/.test(name))).toEqual(
    [],
  );
  expect(JSON.stringify(events)).not.toContain('"secret"');
});
