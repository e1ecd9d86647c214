import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHookWorld, type Hook, type HookWorld, seconds, standard } from './hooks.fixture.ts';
import { PRESETS, type PresetName, SENDER_NAMES } from './presets/index.ts';
import type { Preset } from './presets/preset.ts';

let world: HookWorld;
beforeAll(async () => {
  world = await createHookWorld();
});
afterAll(() => world?.platform.close());

const SECRET = 'the-secret-of-the-sender';
const hmac = (text: string, encoding: 'hex' | 'base64', secret = SECRET): string =>
  createHmac('sha256', secret).update(text).digest(encoding);

/** The headers as each sender's documentation says, written here a second time. */
const SIGNED: Readonly<
  Record<(typeof SENDER_NAMES)[number], (raw: string, secret: string) => Record<string, string>>
> = {
  standard: (raw, secret) => standard({ secret }, raw, 'msg_sample_1'),
  stripe: (raw) => {
    const t = seconds();
    return { 'stripe-signature': `t=${t},v1=${hmac(`${t}.${raw}`, 'hex')},v0=${'0'.repeat(64)}` };
  },
  shopify: (raw) => ({ 'x-shopify-hmac-sha256': hmac(raw, 'base64') }),
  woocommerce: (raw) => ({ 'x-wc-webhook-signature': hmac(raw, 'base64') }),
  github: (raw) => ({ 'x-hub-signature-256': `sha256=${hmac(raw, 'hex')}` }),
  typeform: (raw) => ({ 'typeform-signature': `sha256=${hmac(raw, 'base64')}` }),
  calendly: (raw) => {
    const t = seconds();
    return { 'calendly-webhook-signature': `t=${t},v1=${hmac(`${t}.${raw}`, 'hex')}` };
  },
};

const endpointOf = (scheme: PresetName, more: object = {}): Promise<Hook> => {
  const { collection, key, events, mapping }: Preset['starter'] = PRESETS[scheme].starter;
  const secret = scheme === 'standard' ? {} : { secret: SECRET };
  return world.hook({
    collection,
    mapping,
    signature: { scheme },
    ...(key ? { key } : {}),
    ...(events ? { events } : {}),
    ...secret,
    ...more,
  });
};

describe.each(SENDER_NAMES)('%s', (scheme) => {
  const { sample }: Preset = PRESETS[scheme];
  const send = (to: Hook, body: object, more: Record<string, string> = {}) => {
    const raw = JSON.stringify(body);
    return world.deliver(to, raw, { ...sample.headers, ...SIGNED[scheme](raw, to.secret), ...more });
  };

  it('is verified, told apart, and mapped by its starter', async () => {
    const to = await endpointOf(scheme);
    const first = await send(to, sample.body);
    expect(first).toMatchObject({ status: 202, body: { duplicate: false } });
    expect((await send(to, sample.body)).body).toEqual({ id: first.body.id, duplicate: true });
    await world.platform.drain();
    const [stored] = await world.stored(to);
    expect(stored).toMatchObject({ state: 'applied', recordIds: [expect.any(String)] });
    if (scheme !== 'calendly') expect(stored?.deliveryId).not.toMatch(/^[0-9a-f]{64}$/);
    expect(stored?.eventType).toEqual(expect.stringMatching(/\w/));
  });

  it('is refused with another body, and with another secret', async () => {
    const to = await endpointOf(scheme);
    const signed = SIGNED[scheme](JSON.stringify(sample.body), to.secret);
    expect((await send(to, { ...sample.body, more: 1 }, signed)).status).toBe(401);
    const other = scheme === 'standard' ? `whsec_${Buffer.alloc(24).toString('base64')}` : 'another-secret';
    await world.call('POST', '/api/hooks/endpoints/rotate-secret', { id: to.id, secret: other });
    expect((await send(to, sample.body, signed)).status).toBe(401);
  });

  it('is described for the portal, and its sample passes a dry run', async () => {
    const { presets } = (await world.call('GET', '/api/hooks/presets')).body;
    const shown = presets.find(({ name }: { name: string }) => name === scheme);
    expect(shown).toMatchObject({
      setup: expect.stringMatching(/.{40}/),
      headers: [expect.any(String), ...shown.headers.slice(1)],
    });
    const to = await endpointOf(scheme);
    const { body } = await world.call('POST', '/api/hooks/endpoints/test', { id: to.id, sign: true });
    expect(body).toMatchObject({
      state: 'applied',
      verified: true,
      errors: [],
      operations: [{ errors: [] }],
    });
    expect(await world.stored(to)).toEqual([]);
  });
});

describe('a first call that announces a webhook', () => {
  it('of WooCommerce is a form without signature, and answered with exactly 200', async () => {
    const to = await endpointOf('woocommerce');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await world.deliver(to, 'webhook_id=42', form)).status).toBe(200);
    expect(await world.stored(to)).toEqual([]);
    for (const other of ['webhook_id=42&x=1', 'webhook_id=', 'x=1', `webhook_id=${'1'.repeat(200)}`])
      expect((await world.deliver(to, other, form)).status).toBe(401);
    const github = await endpointOf('github');
    expect((await world.deliver(github, 'webhook_id=42', form)).status).toBe(401);
  });

  it('of GitHub is signed, stored and ignored', async () => {
    const to = await endpointOf('github', { events: undefined });
    const raw = '{"zen":"Keep it logically awesome.","hook_id":1}';
    const headers = { ...SIGNED.github(raw, ''), 'x-github-event': 'ping', 'x-github-delivery': 'p-1' };
    expect((await world.deliver(to, raw, headers)).status).toBe(202);
    await world.platform.drain();
    expect(await world.stored(to)).toMatchObject([{ state: 'ignored', eventType: 'ping', attempts: 0 }]);
  });
});

it('two orders of WooCommerce in one second share an id, and both count', async () => {
  const to = await endpointOf('woocommerce');
  const { sample } = PRESETS.woocommerce;
  for (const number of ['801', '802']) {
    const raw = JSON.stringify({ ...sample.body, number });
    const { body } = await world.deliver(to, raw, { ...sample.headers, ...SIGNED.woocommerce(raw, '') });
    expect(body.duplicate).toBe(false);
  }
  await world.platform.drain();
  expect((await world.stored(to)).map(({ state }) => state)).toEqual(['applied', 'applied']);
});

describe('a secret that only the sender makes', () => {
  it('is entered later; what came before is kept, and taken then', async () => {
    const to = await endpointOf('stripe', { secret: undefined });
    expect(to.secret).toBeUndefined();
    const raw = JSON.stringify(PRESETS.stripe.sample.body);
    const early = await world.deliver(to, raw, SIGNED.stripe(raw, ''));
    expect(early).toMatchObject({ status: 401, body: { detail: expect.stringContaining('no secret yet') } });
    const rotate = (body: object) =>
      world.call('POST', '/api/hooks/endpoints/rotate-secret', { id: to.id, ...body });
    expect(await rotate({})).toMatchObject({ status: 422, body: { errors: [{ path: 'secret' }] } });
    expect((await rotate({ secret: SECRET })).status).toBe(200);
    const [rejected] = await world.stored(to);
    const taken = await world.call('POST', '/api/hooks/deliveries/replay', { id: rejected?.id });
    expect(taken.body).toMatchObject({ state: 'applied' });
  });
});

describe('senders of one’s own', () => {
  it('use a user name and password, a token, or nothing when that was chosen', async () => {
    const send = async (signature: object, headers: (secret: string) => Record<string, string>) => {
      const to = await world.hook({ signature, mapping: '{ "name": "Own" }' });
      return [
        (await world.deliver(to, '{}', {})).status,
        (await world.deliver(to, '{"n":1}', headers(to.secret))).status,
      ];
    };
    const basic = (secret: string) => ({ authorization: `Basic ${Buffer.from(secret).toString('base64')}` });
    expect(await send({ scheme: 'basic' }, basic)).toEqual([401, 202]);
    expect(await send({ scheme: 'token' }, (secret) => ({ authorization: `Bearer ${secret}` }))).toEqual([
      401, 202,
    ]);
    expect(await send({ scheme: 'token', header: 'x-key' }, (secret) => ({ 'x-key': secret }))).toEqual([
      401, 202,
    ]);
    expect(await send({ scheme: 'none' }, () => ({}))).toEqual([202, 202]);
    expect(
      await send(
        {
          scheme: 'hmac',
          header: 'x-sig',
          algorithm: 'sha1',
          timestampHeader: 'x-time',
          content: '{timestamp}{body}',
        },
        (secret) => {
          const time = String(seconds());
          return {
            'x-time': time,
            'x-sig': createHmac('sha1', secret).update(`${time}{"n":1}`).digest('hex'),
          };
        },
      ),
    ).toEqual([401, 202]);
  });

  it('can be changed to another kind, and back', async () => {
    const to = await world.hook({ signature: { scheme: 'hmac', header: 'x-sig', prefix: 'v=' } });
    for (const signature of [
      { scheme: 'github' },
      { scheme: 'token', header: 'x-key' },
      { scheme: 'none' },
    ]) {
      const { status, body } = await world.call('PATCH', `/api/hooks/endpoints/${to.id}`, { signature });
      expect({ status, signature: body.signature }).toEqual({ status: 200, signature });
    }
    const back = { scheme: 'hmac', header: 'x-sig' };
    const { body } = await world.call('PATCH', `/api/hooks/endpoints/${to.id}`, { signature: back });
    expect(body.signature).toMatchObject({ ...back, content: '{body}' });
  });

  it.each([
    [{ scheme: 'basic' }, 'no-colon'],
    [{ scheme: 'standard' }, 'not base64!'],
    [{ scheme: 'none' }, 'anything'],
  ])('%o refuse a secret that does not fit', async (signature, secret) => {
    const body = { name: 'x', action: 'event', mapping: '$', signature, secret };
    expect(await world.call('POST', '/api/hooks/endpoints/create', body)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'secret' }] },
    });
  });

  it.each([
    ['id', [false, true, true, false]],
    ['id-and-body', [false, true, false, false]],
    ['body', [false, true, false, true]],
    ['none', [false, false, false, false]],
  ])('told apart by %s', async (dedupe, expected) => {
    const to = await world.hook({
      signature: { scheme: 'none' },
      dedupe,
      idFrom: { field: 'a.id' },
      typeFrom: { header: 'x-type' },
    });
    const bodies = ['{"a":{"id":1}}', '{"a":{"id":1}}', '{"a":{"id":1},"b":1}', '{"a":{"id":2},"b":1}'];
    const again = dedupe === 'body' ? [bodies[0], bodies[0], bodies[2], bodies[2]] : bodies;
    const seen: boolean[] = [];
    for (const raw of again)
      seen.push((await world.deliver(to, raw ?? '', { 'x-type': 't' })).body.duplicate);
    expect(seen).toEqual(expected);
    expect((await world.stored(to))[0]).toMatchObject({ eventType: 't' });
  });
});
