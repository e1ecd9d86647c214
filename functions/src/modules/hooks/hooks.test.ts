import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestResponse } from '../../kernel/testing/harness.ts';
import { createHookWorld, type Hook, type HookWorld, seconds, standard } from './hooks.fixture.ts';

let world: HookWorld;
beforeAll(async () => {
  world = await createHookWorld();
});
afterAll(() => world?.platform.close());
const call: HookWorld['call'] = (...given) => world.call(...given);
const hook: HookWorld['hook'] = (more) => world.hook(more);
const deliver: HookWorld['deliver'] = (...given) => world.deliver(...given);
const stored: HookWorld['stored'] = (to) => world.stored(to);
const contacts: HookWorld['contacts'] = (email) => world.contacts(email);
const contentOf = async (id: string) => (await call('GET', `/api/hooks/deliveries/content?id=${id}`)).body;

describe('an order of one line', () => {
  it('becomes an invoice like any other', async () => {
    const to = await hook({
      collection: 'finance.invoices',
      mapping:
        '{ "number": id, "currency": "EUR", "lines": items.{ "quantity": qty, "unitPrice": $string(price) } }',
    });
    const raw = JSON.stringify({ id: 'SHOP-1', items: [{ qty: 2, price: 2.5 }] });
    expect((await deliver(to, raw, standard(to, raw, 'msg_one_line'))).status).toBe(202);
    await world.platform.drain();
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
    const [first] = await stored(to);
    expect(first).toMatchObject({ state: 'received' });
    expect(await contentOf(first?.id ?? '')).toMatchObject({ body: raw, complete: true });
    expect(await contacts('ada@hooks.test')).toEqual([]);
    await world.platform.drain();
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
    await world.platform.drain();
    expect(await contacts('twice@hooks.test')).toHaveLength(1);
    const other = '{ "person": { "name": "Other", "mail": "twice@hooks.test" } }';
    const late = await deliver(to, other, standard(to, other, 'msg_same'));
    expect(late).toMatchObject({ status: 202, body: { duplicate: true, id: answers[0]?.body.id } });
    expect((await stored(to))[0]).toMatchObject({
      state: 'rejected',
      error: expect.stringContaining('Another body'),
    });
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
  ])('is refused with %s: 401, and kept as rejected, which writes nothing', async (_name, headers) => {
    const to = await hook();
    const raw = '{ "person": {} }';
    expect(await deliver(to, raw, headers(to, raw))).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
    await world.platform.drain();
    expect(await stored(to)).toMatchObject([{ state: 'rejected', error: expect.any(String) }]);
  });

  it('is refused with the old secret after a rotation', async () => {
    const to = await hook();
    const { secret } = (await call('POST', '/api/hooks/endpoints/rotate-secret', { id: to.id })).body;
    expect((await deliver(to, '{}', standard(to, '{}', 'old'))).status).toBe(401);
    expect((await deliver(to, '{}', standard({ ...to, secret }, '{}', 'new'))).status).toBe(202);
  });

  it('is taken with both secrets while they overlap', async () => {
    const to = await hook();
    const rotate = { id: to.id, overlapHours: 1 };
    const { secret } = (await call('POST', '/api/hooks/endpoints/rotate-secret', rotate)).body;
    expect((await deliver(to, '{}', standard(to, '{}', 'old'))).status).toBe(202);
    expect((await deliver(to, '{}', standard({ ...to, secret }, '{}', 'new'))).status).toBe(202);
    await call('POST', '/api/hooks/endpoints/rotate-secret', { id: to.id });
    for (const one of [to, { secret }])
      expect((await deliver(to, '{}', standard(one, '{}', 'x'))).status).toBe(401);
  });

  it('signed a day ago is taken when the endpoint tolerates that', async () => {
    const [strict, patient] = [await hook(), await hook({ toleranceSeconds: 2 * 86_400 })];
    const refused = await deliver(strict, '{}', standard(strict, '{}', 'm', seconds() - 86_400));
    expect(refused).toMatchObject({
      status: 401,
      body: { detail: expect.stringMatching(/8640\d seconds ago.*300 are allowed/) },
    });
    expect((await deliver(patient, '{}', standard(patient, '{}', 'm', seconds() - 86_400))).status).toBe(202);
  });
});

describe('a delivery signed by an HMAC of its body', () => {
  const github = {
    scheme: 'hmac',
    header: 'x-hub-signature-256',
    encoding: 'hex',
    prefix: 'sha256=',
    idHeader: 'x-github-delivery',
  };
  const sign = ({ secret }: Hook, raw: string): string =>
    `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`;

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
        'x-hub-signature-256': createHmac('sha256', to.secret).update(raw).digest('base64'),
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
    expect((await stored(to)).map(({ state }) => state)).toEqual(Array(5).fill('rejected'));
  });
});

describe('a delivery that cannot be read', () => {
  it.each([
    ['{"a":', 400],
    ['', 400],
    ['\ufeff{', 400],
    [`{"a":"${'x'.repeat(700_001)}"}`, 413],
  ])('%# is refused, and kept as rejected', async (raw, status) => {
    const to = await hook();
    expect((await deliver(to, raw, standard(to, raw))).status).toBe(status);
    expect(await stored(to)).toMatchObject([{ state: 'rejected' }]);
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
    await world.platform.drain();
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
      await world.platform.drain();
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
});

it('the address alone is no secret of ours: only its hash is kept', async () => {
  const to = await hook();
  const answer = await call('GET', `/api/hooks/endpoints/${to.id}`);
  expect(answer.text).not.toContain(to.path.slice(-24));
  expect(answer.text).not.toContain(createHash('sha256').update(to.path.slice(-24)).digest('base64url'));
});
