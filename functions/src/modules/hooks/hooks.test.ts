import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestPlatform,
  type TestPlatform,
  type TestResponse,
  type TestTenant,
} from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';
import { applyMapping } from './mapping.ts';

let platform: TestPlatform;
let tenant: TestTenant;
beforeAll(async () => {
  platform = await createTestPlatform(modules);
  tenant = await platform.register();
});
afterAll(() => platform?.close());

const call = (method: string, url: string, body?: unknown): Promise<TestResponse> =>
  platform.request(method, url, { token: tenant.token, ...(body === undefined ? {} : { body }) });

interface Hook {
  readonly id: string;
  readonly path: string;
  readonly secret: string;
}

async function hook(more: Record<string, unknown> = {}): Promise<Hook> {
  const answer = await call('POST', '/api/hooks/endpoints/create', {
    name: 'Shop',
    collection: 'crm.contacts',
    mapping: '{ "name": person.name, "email": person.mail }',
    ...more,
  });
  expect({ status: answer.status, text: answer.status === 201 ? '' : answer.text }).toMatchObject({
    status: 201,
  });
  return { id: answer.body.id, secret: answer.body.secret, path: new URL(answer.body.url).pathname };
}

const key = (secret: string): Buffer => Buffer.from(secret.slice('whsec_'.length), 'base64');
const seconds = (): number => Math.floor(Date.now() / 1000);

function standard({ secret }: Hook, raw: string, id = 'msg_1', at = seconds()): Record<string, string> {
  const signature = createHmac('sha256', key(secret)).update(`${id}.${at}.${raw}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` };
}

const deliver = (to: Hook, raw: string, headers: Record<string, string>): Promise<TestResponse> =>
  platform.request('POST', to.path, { raw, headers: { 'content-type': 'application/json', ...headers } });
const stored = async (
  to: Hook,
): Promise<
  { id: string; state: string; error?: string; body: string; recordIds?: string[]; attempts: number }[]
> => (await call('GET', `/api/hooks/deliveries?endpointId=${to.id}`)).body.items;
const contacts = async (email: string): Promise<{ id: string; name: string }[]> =>
  (await call('GET', `/api/crm/contacts?email=${email}`)).body.items;

describe('an order of one line', () => {
  it('becomes an invoice like any other', async () => {
    const to = await hook({
      collection: 'finance.invoices',
      mapping:
        '{ "number": id, "currency": "EUR", "lines": items.{ "quantity": qty, "unitPrice": $string(price) } }',
    });
    const raw = JSON.stringify({ id: 'SHOP-1', items: [{ qty: 2, price: 2.5 }] });
    expect((await deliver(to, raw, standard(to, raw, 'msg_one_line'))).status).toBe(202);
    await platform.drain();
    expect(await stored(to)).toMatchObject([{ state: 'applied' }]);
    expect((await call('GET', '/api/finance/invoices?number=SHOP-1')).body.items).toMatchObject([
      { total: 500 },
    ]);
  });
});

describe('a delivery signed by Standard Webhooks', () => {
  it('is stored, answered, and then becomes a record', async () => {
    const to = await hook();
    const raw = '{ "person": { "name": "Ada", "mail": "ada@hooks.test" } }';
    expect(await deliver(to, raw, standard(to, raw))).toMatchObject({
      status: 202,
      body: { duplicate: false },
    });
    expect(await stored(to)).toMatchObject([{ state: 'received', body: raw }]);
    expect(await contacts('ada@hooks.test')).toEqual([]);
    await platform.drain();
    const [applied] = await stored(to);
    expect(applied).toMatchObject({ state: 'applied', attempts: 1 });
    expect(await contacts('ada@hooks.test')).toMatchObject([{ id: applied?.recordIds?.[0], name: 'Ada' }]);
  });

  it('is applied once, however often it comes', async () => {
    const to = await hook();
    const raw = '{ "person": { "name": "Twice", "mail": "twice@hooks.test" } }';
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => deliver(to, raw, standard(to, raw, 'msg_same'))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(202));
    expect(answers.filter(({ body }) => !body.duplicate)).toHaveLength(1);
    await platform.drain();
    expect(await contacts('twice@hooks.test')).toHaveLength(1);
    const other = '{ "person": { "name": "Other", "mail": "twice@hooks.test" } }';
    expect((await deliver(to, other, standard(to, other, 'msg_same'))).status).toBe(409);
  });

  it('takes one right signature among several, as senders send while they rotate', async () => {
    const to = await hook();
    const raw = '{}';
    const headers = standard(to, raw, 'msg_rotate');
    expect(
      (
        await deliver(to, raw, {
          ...headers,
          'webhook-signature': `v1,AAAA v1a,xx ${headers['webhook-signature']}`,
        })
      ).status,
    ).toBe(202);
  });

  it.each<[string, (to: Hook, raw: string) => Record<string, string>]>([
    ['no signature', () => ({})],
    [
      'another secret',
      (to, raw) => standard({ ...to, secret: `whsec_${Buffer.alloc(24).toString('base64')}` }, raw),
    ],
    ['another body', (to) => standard(to, '{"other":1}')],
    ['another id', (to, raw) => ({ ...standard(to, raw), 'webhook-id': 'msg_2' })],
    ['another time', (to, raw) => ({ ...standard(to, raw), 'webhook-timestamp': String(seconds() - 1) })],
    ['an old time, rightly signed', (to, raw) => standard(to, raw, 'msg_1', seconds() - 301)],
    ['a time to come, rightly signed', (to, raw) => standard(to, raw, 'msg_1', seconds() + 301)],
    ['a time that is none', (to, raw) => ({ ...standard(to, raw), 'webhook-timestamp': 'now' })],
    [
      'a signature of another version',
      (to, raw) => ({
        ...standard(to, raw),
        'webhook-signature': standard(to, raw)['webhook-signature']?.replace('v1,', 'v2,') ?? '',
      }),
    ],
    ['a shorter signature', (to, raw) => ({ ...standard(to, raw), 'webhook-signature': 'v1,' })],
  ])('is refused with %s: 401, and nothing is stored', async (_name, headers) => {
    const to = await hook();
    const raw = '{ "person": {} }';
    expect(await deliver(to, raw, headers(to, raw))).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
    expect(await stored(to)).toEqual([]);
  });

  it('is refused with the old secret after a rotation', async () => {
    const to = await hook();
    const { secret } = (await call('POST', '/api/hooks/endpoints/rotate-secret', { id: to.id })).body;
    expect((await deliver(to, '{}', standard(to, '{}', 'old'))).status).toBe(401);
    expect((await deliver(to, '{}', standard({ ...to, secret }, '{}', 'new'))).status).toBe(202);
  });
});

describe('a delivery signed by an HMAC of its body', () => {
  const github = {
    scheme: 'hmac-sha256',
    header: 'x-hub-signature-256',
    encoding: 'hex',
    prefix: 'sha256=',
    idHeader: 'x-github-delivery',
  };
  const sign = ({ secret }: Hook, raw: string): string =>
    `sha256=${createHmac('sha256', key(secret)).update(raw).digest('hex')}`;

  it('is taken, and known again by its id', async () => {
    const to = await hook({ signature: github });
    const headers = { 'x-hub-signature-256': sign(to, '{"a":1}'), 'x-github-delivery': 'd-1' };
    expect((await deliver(to, '{"a":1}', headers)).body.duplicate).toBe(false);
    expect((await deliver(to, '{"a":1}', headers)).body.duplicate).toBe(true);
  });

  it('is known by its body when it has no id', async () => {
    const to = await hook({ signature: { ...github, encoding: 'base64', prefix: '', idHeader: undefined } });
    const send = (raw: string): Promise<TestResponse> =>
      deliver(to, raw, {
        'x-hub-signature-256': createHmac('sha256', key(to.secret)).update(raw).digest('base64'),
      });
    expect([
      (await send('{"a":1}')).body.duplicate,
      (await send('{"a":1}')).body.duplicate,
      (await send('{"a":2}')).body.duplicate,
    ]).toEqual([false, true, false]);
  });

  it('is refused with a wrong one', async () => {
    const to = await hook({ signature: github });
    for (const signature of [sign(to, '{"b":1}'), sign(to, '{"a":1}').slice(7), 'sha256=', 'sha256=zz', ''])
      expect((await deliver(to, '{"a":1}', { 'x-hub-signature-256': signature })).status).toBe(401);
    expect(await stored(to)).toEqual([]);
  });
});

describe('a delivery that cannot be read', () => {
  it.each([
    ['{"a":', 400],
    ['', 400],
    ['\ufeff{', 400],
    [`{"a":"${'x'.repeat(700_001)}"}`, 413],
  ])('%# is refused and not stored', async (raw, status) => {
    const to = await hook();
    expect((await deliver(to, raw, standard(to, raw))).status).toBe(status);
    expect(await stored(to)).toEqual([]);
  });

  it('to an address that is wrong, inactive or deleted is not found', async () => {
    const to = await hook();
    const wrong = { ...to, path: to.path.slice(0, -1) + (to.path.endsWith('A') ? 'B' : 'A') };
    expect((await deliver(wrong, '{}', standard(to, '{}'))).status).toBe(404);
    await call('PATCH', `/api/hooks/endpoints/${to.id}`, { active: false });
    expect((await deliver(to, '{}', standard(to, '{}'))).status).toBe(404);
    await call('DELETE', `/api/hooks/endpoints/${to.id}`);
    expect((await deliver(to, '{}', standard(to, '{}'))).status).toBe(404);
  });
});

describe('a mapping', () => {
  it('that does not fit says so in the delivery, which can be applied again once it is corrected', async () => {
    const to = await hook({ mapping: '{ "email": person.mail }' });
    const raw = '{ "person": { "name": "Late", "mail": "late@hooks.test" } }';
    const { id } = (await deliver(to, raw, standard(to, raw))).body;
    await platform.drain();
    expect((await stored(to))[0]).toMatchObject({ state: 'failed', error: expect.stringContaining('name') });
    expect(await contacts('late@hooks.test')).toEqual([]);
    await call('PATCH', `/api/hooks/endpoints/${to.id}`, {
      mapping: '{ "name": person.name, "email": person.mail }',
    });
    for (const _ of [1, 2])
      expect(await call('POST', '/api/hooks/deliveries/replay', { id })).toMatchObject({
        status: 200,
        body: { state: 'applied' },
      });
    expect(await contacts('late@hooks.test')).toHaveLength(1);
    expect((await stored(to))[0]).not.toHaveProperty('error');
  });

  it('that gives several records writes each once, and with a key updates what is there', async () => {
    const to = await hook({ mapping: 'people.{ "name": name, "email": mail }', key: 'email' });
    const send = async (raw: string, id: string): Promise<void> => {
      expect((await deliver(to, raw, standard(to, raw, id))).status).toBe(202);
      await platform.drain();
    };
    await send(
      '{ "people": [{ "name": "A", "mail": "a@keyed.test" }, { "name": "B", "mail": "b@keyed.test" }] }',
      'one',
    );
    const [first] = await contacts('a@keyed.test');
    await send('{ "people": [{ "name": "A2", "mail": "a@keyed.test" }] }', 'two');
    expect(await contacts('a@keyed.test')).toMatchObject([{ id: first?.id, name: 'A2' }]);
    expect(await contacts('b@keyed.test')).toHaveLength(1);
  });

  it('is checked when it is written', async () => {
    const body = { name: 'x', collection: 'crm.contacts', mapping: '{ "name": ' };
    expect(await call('POST', '/api/hooks/endpoints/create', body)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'mapping', code: 'bad_mapping' }] },
    });
    const to = await hook();
    expect(await call('PATCH', `/api/hooks/endpoints/${to.id}`, { mapping: '((' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'mapping' }] },
    });
  });

  it.each([
    ['calls itself without end', '($f := function($n) { $f($n + 1) + 1 }; $f(0))'],
    ['calls itself without end in tail position', '($f := function($n) { $f($n + 1) }; $f(0))'],
    ['loops over very much', '$map([1..9000000], function($i) { $i * 2 })'],
    ['backtracks for ever', '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)'],
    ['gives nothing', 'nothing.here'],
    ['gives no object', '42'],
    ['gives far too many', '[1..2000].{ "name": "x" }'],
  ])('that %s is ended with a 422', async (_name, mapping) => {
    await expect(applyMapping(mapping, {})).rejects.toMatchObject({ status: 422 });
  });

  it('gives plain data', async () => {
    expect(await applyMapping('{ "name": a.b, "tags": c }', { a: { b: 'x' }, c: ['d'] })).toEqual([
      { name: 'x', tags: ['d'] },
    ]);
  });
});

it('the address alone is no secret of ours: only its hash is kept', async () => {
  const to = await hook();
  const answer = await call('GET', `/api/hooks/endpoints/${to.id}`);
  expect(answer.text).not.toContain(to.path.slice(-24));
  expect(answer.text).not.toContain(createHash('sha256').update(to.path.slice(-24)).digest('base64url'));
});
