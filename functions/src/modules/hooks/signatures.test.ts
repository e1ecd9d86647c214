import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { SENDER_NAMES } from './presets/index.ts';
import { type Signature, signature } from './scheme.ts';
import { newSecret } from './secrets.ts';
import { sign, verify } from './signatures.ts';

const NOW = 1_768_471_200_000;
const AT = NOW / 1000;

function accepts(
  scheme: Signature,
  secrets: readonly string[],
  headers: Record<string, string>,
  body: Buffer,
  now = NOW,
): boolean {
  try {
    verify(scheme, secrets, { header: (name) => headers[name], body }, now, 300);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ status: 401, message: expect.stringMatching(/\w/) });
    return false;
  }
}

const flip = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  const at = bit % (copy.length * 8);
  copy[at >> 3] = (copy[at >> 3] ?? 0) ^ (1 << (at & 7));
  return copy;
};

/** Every sender, and custom schemes of every algorithm, encoding and form. */
const SCHEMES: readonly [string, Signature][] = [
  ...SENDER_NAMES.map((scheme): [string, Signature] => [scheme, { scheme }]),
  ...(['sha1', 'sha256', 'sha512'] as const).flatMap((algorithm) =>
    (['hex', 'base64'] as const).map((encoding): [string, Signature] => [
      `hmac ${algorithm} ${encoding}`,
      signature.parse({ scheme: 'hmac', header: 'x-signature', algorithm, encoding, prefix: 'v0=' }),
    ]),
  ),
  [
    'hmac with a signed time in a header of its own',
    signature.parse({
      scheme: 'hmac',
      header: 'x-slack-signature',
      prefix: 'v0=',
      timestampHeader: 'x-slack-request-timestamp',
      content: 'v0:{timestamp}:{body}',
    }),
  ],
  [
    'hmac with id and time',
    signature.parse({
      scheme: 'hmac',
      header: 'svix-signature',
      prefix: 'v1,',
      separator: ' ',
      encoding: 'base64',
      timestampHeader: 'svix-timestamp',
      idHeader: 'svix-id',
      content: '{id}.{timestamp}.{body}',
      key: 'base64',
    }),
  ],
];

describe.each(SCHEMES)('%s', (_name, scheme) => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  const headersOf = (secret: string, body: Buffer, at = AT) =>
    sign(scheme, secret, body, { id: 'msg_1', at });

  it('takes exactly the bytes that were signed', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat(), (body, bit, cut) => {
        const secret = newSecret(scheme);
        const headers = headersOf(secret, body);
        expect(accepts(scheme, [secret], headers, body)).toBe(true);
        if (body.length > 0) {
          expect(accepts(scheme, [secret], headers, flip(body, bit))).toBe(false);
          expect(accepts(scheme, [secret], headers, body.subarray(0, cut % body.length))).toBe(false);
        }
        expect(accepts(scheme, [secret], headers, Buffer.concat([body, Buffer.from([0])]))).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('takes no header with one bit turned, but for the case of hex', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat(), (body, which, bit) => {
        const secret = newSecret(scheme);
        const headers = headersOf(secret, body);
        const names = Object.keys(headers);
        const name = names[which % names.length] ?? '';
        const turned = flip(Buffer.from(headers[name] ?? '', 'latin1'), bit).toString('latin1');
        // Spaces around the parts of a list, and the case of hex, mean nothing.
        fc.pre(turned.toLowerCase() !== headers[name]?.toLowerCase());
        expect(accepts(scheme, [secret], { ...headers, [name]: turned }, body)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('takes either of two secrets, and no third', () => {
    const [old, fresh, other] = [newSecret(scheme), newSecret(scheme), newSecret(scheme)];
    const body = Buffer.from('{}');
    for (const secret of [old, fresh])
      expect(accepts(scheme, [fresh, old], headersOf(secret, body), body)).toBe(true);
    expect(accepts(scheme, [fresh, old], headersOf(other, body), body)).toBe(false);
    expect(accepts(scheme, [], headersOf(old, body), body)).toBe(false);
  });

  it('has a time window where a time is signed', () => {
    const [secret, body] = [newSecret(scheme), Buffer.from('{}')];
    const timed = Object.keys(headersOf(secret, body)).length > 0 && headersOf(secret, body, AT + 1);
    const differs = JSON.stringify(timed) !== JSON.stringify(headersOf(secret, body));
    for (const away of [-86_400, -301, 301, 86_400])
      expect(accepts(scheme, [secret], headersOf(secret, body, AT + away), body)).toBe(!differs);
    for (const away of [-300, 300])
      expect(accepts(scheme, [secret], headersOf(secret, body, AT + away), body)).toBe(true);
  });
});

describe('published examples', () => {
  it('of GitHub', () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    };
    const body = Buffer.from('Hello, World!');
    expect(accepts({ scheme: 'github' }, ["It's a Secret to Everybody"], headers, body)).toBe(true);
    expect(
      accepts({ scheme: 'github' }, ["It's a Secret to Everybody"], headers, Buffer.from('Hello, World')),
    ).toBe(false);
  });

  it('of Standard Webhooks', () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/index.test.ts
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const body = Buffer.from('{"test": 2432232314}');
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(accepts({ scheme: 'standard' }, [secret], headers, body, 1_614_265_330_000)).toBe(true);
    expect(accepts({ scheme: 'standard' }, [secret], headers, body)).toBe(false);
  });

  it('of Standard Webhooks, made by the public package', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const secret = newSecret({ scheme: 'standard' });
        const headers = {
          'webhook-id': 'msg_1',
          'webhook-timestamp': String(AT),
          'webhook-signature': new Webhook(secret).sign('msg_1', new Date(NOW), text),
        };
        expect(accepts({ scheme: 'standard' }, [secret], headers, Buffer.from(text))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('of Stripe’s scheme: several v1, an old v0, spaces after commas', () => {
    const [secret, body] = ['whsec_test', Buffer.from('{"id":"evt_1"}')];
    const right = createHmac('sha256', secret).update(`${AT}.`).update(body).digest('hex');
    const wrong = 'a'.repeat(64);
    const check = (value: string) =>
      accepts({ scheme: 'stripe' }, [secret], { 'stripe-signature': value }, body);
    expect(check(`t=${AT},v1=${wrong},v1=${right},v0=${wrong}`)).toBe(true);
    expect(check(`t=${AT}, v1=${right}`)).toBe(true);
    for (const bad of [
      `t=${AT},v0=${right}`,
      `v1=${right}`,
      `t=${AT}`,
      `t=x,v1=${right}`,
      `t=${AT},v1=${right.slice(1)}`,
      '',
    ])
      expect(check(bad)).toBe(false);
    // A second time is not looked at.
    expect(check(`t=${AT - 9_999},t=${AT},v1=${right}`)).toBe(false);
  });
});

describe('a user name and password, and a token', () => {
  const body = Buffer.from('');
  it('are compared whole', () => {
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    expect(accepts({ scheme: 'basic' }, ['ann:pass:word'], basic('ann:pass:word'), body)).toBe(true);
    for (const wrong of ['ann:pass', 'ann:pass:word ', 'Ann:pass:word', ''])
      expect(accepts({ scheme: 'basic' }, ['ann:pass:word'], basic(wrong), body)).toBe(false);
    const token: Signature = { scheme: 'token', header: 'authorization' };
    expect(accepts(token, ['t-1'], { authorization: 'bearer t-1' }, body)).toBe(true);
    expect(accepts(token, ['t-1'], { authorization: 't-1' }, body)).toBe(false);
    const own: Signature = { scheme: 'token', header: 'x-gitlab-token' };
    expect(accepts(own, ['t-1'], { 'x-gitlab-token': 't-1' }, body)).toBe(true);
    expect(accepts(own, ['t-1'], { 'x-gitlab-token': 't-2' }, body)).toBe(false);
    expect(accepts({ scheme: 'none' }, [], {}, body)).toBe(true);
  });
});

it.each([
  ['an unsigned time', { timestampHeader: 'x-time' }],
  ['a signed time from nowhere', { content: '{timestamp}.{body}' }],
  ['no body', { content: 'x' }],
  ['the body twice', { content: '{body}{body}' }],
  ['an id from nowhere', { content: '{id}{body}' }],
  ['a part of no list', { content: '{timestamp}{body}', timestampPart: 't=' }],
  ['a header in capitals', { header: 'X-Signature' }],
  ['a header with a line break', { header: 'x\r\ny' }],
])('a scheme with %s is refused', (_name, more) => {
  expect(signature.safeParse({ scheme: 'hmac', header: 'x-signature', ...more }).success).toBe(false);
});
