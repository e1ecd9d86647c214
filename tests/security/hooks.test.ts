import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../support/raw.ts';
import type { Answer } from '../support/server.ts';
import { createWorld, expectStatus, type Hook, makeHook, type World } from './world.ts';

/** What the open door of incoming webhooks must withstand, through the real server. */
let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.server.remove());

const JSON_TYPE = { 'content-type': 'application/json' };

/** The headers of the public package that senders use. */
function signed({ secret }: Hook, raw: string | Buffer, id: string): Record<string, string> {
  const now = new Date();
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, now, raw),
  };
}

const post = (path: string, raw: string | Buffer, headers: Record<string, string>): Promise<Answer> =>
  world.server.request('POST', path, { raw, headers });
const deliveries = async (hook: Hook) =>
  (await world.owner.call('GET', `/api/hooks/deliveries?endpointId=${hook.id}&limit=200`)).body.items;

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const value = await read();
    if (holds(value)) return value;
    await sleep(50);
  }
  throw new Error('it did not come about');
}

describe('a compressed delivery', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('by %s is verified and stored as what it unfolds to', async (encoding, compress) => {
    const hook = await makeHook(world.owner);
    const raw = '{ "name": "Compressed" }';
    const headers = { ...JSON_TYPE, ...signed(hook, raw, `z-${encoding}`), 'content-encoding': encoding };
    expect((await post(hook.path, compress(raw), headers)).status).toBe(202);
    await until(
      () => deliveries(hook),
      ([one]) => one?.state === 'applied',
    );
  });

  it('that is damaged, unknown or unfolds without measure is refused', async () => {
    const hook = await makeHook(world.owner);
    const send = (body: Buffer, encoding: string) =>
      post(hook.path, body, { ...JSON_TYPE, 'content-encoding': encoding });
    expect((await send(Buffer.from('no gzip'), 'gzip')).status).toBe(400);
    expect((await send(Buffer.from('x'), 'zstd-9000')).status).toBe(415);
    expect((await send(gzipSync(Buffer.alloc(50_000_000)), 'gzip')).status).toBe(413);
    expect((await world.server.request('GET', '/api/health')).status).toBe(200);
  });
});

describe('a delivery that is too large', () => {
  it.each(['application/json', 'application/octet-stream'])('as %s is refused: 413', async (type) => {
    const hook = await makeHook(world.owner);
    const raw = Buffer.alloc(700_001, 'x');
    const answer = await post(hook.path, raw, { 'content-type': type, ...signed(hook, raw, 'large') });
    expect(answer).toMatchObject({ status: 413, body: { code: 'too_large' } });
  });

  it('at the limit is taken, also when every byte is escaped in JSON or is no text', async () => {
    for (const filler of ['"', '\u0001', '\xff']) {
      const hook = await makeHook(world.owner, {
        signature: { scheme: 'none' },
        mapping: '{ "name": "Large" }',
      });
      const raw = Buffer.alloc(700_000, filler, 'latin1');
      const headers = { 'content-type': 'application/octet-stream' };
      expect((await post(hook.path, raw, headers)).status).toBe(202);
      const [stored] = await until(
        () => deliveries(hook),
        ([one]) => one?.state === 'applied',
      );
      const content = await world.owner.call('GET', `/api/hooks/deliveries/content?id=${stored.id}`);
      expect(Buffer.from(content.body.body, content.body.encoding).equals(raw)).toBe(true);
    }
  });
});

describe('an address', () => {
  it('that is wrong in any part is not found, and says nothing more', async () => {
    const hook = await makeHook(world.owner);
    const token = hook.path.slice('/hooks/'.length);
    const paused = await makeHook(world.owner);
    await world.owner.call('PATCH', `/api/hooks/endpoints/${paused.id}`, { body: { active: false } });
    const wrong = [
      token.slice(0, -1),
      `${token}A`,
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      `${'0'.repeat(26)}${token.slice(26)}`,
      `${token.slice(0, 26)}${'0'.repeat(26)}${token.slice(52)}`,
      'x',
      '..%2F..%2Fplatform',
      '%00',
      paused.path.slice('/hooks/'.length),
    ];
    const bodies = new Set<string>();
    for (const one of wrong) {
      const answer = await post(`/hooks/${one}`, '{}', { ...JSON_TYPE, ...signed(hook, '{}', 'a') });
      expect(answer.status).toBe(404);
      bodies.add(answer.body.detail);
    }
    expect([...bodies]).toEqual(['This webhook address does not exist.']);
    expect(await deliveries(paused)).toEqual([]);
  });

  it('takes only POST', async () => {
    const hook = await makeHook(world.owner);
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await world.server.request(method, hook.path)).status).toBe(405);
  });
});

describe('headers', () => {
  it('with line breaks, twice, or by the hundred end in an answer and in nothing else', async () => {
    const hook = await makeHook(world.owner);
    const { hostname, port } = new URL(world.server.url);
    const raw = (lines: string[]) =>
      sendRaw(
        { hostname, port: Number(port) },
        [`POST ${hook.path} HTTP/1.1`, `Host: ${hostname}`, ...lines, '', '{}'].join('\r\n'),
      );
    const length = ['Content-Type: application/json', 'Content-Length: 2', 'Connection: close'];
    const answers = [
      await raw(['webhook-id: a\nwebhook-signature: b', ...length]),
      await raw(['webhook-id: a\u0000b', ...length]),
      await raw([...Array.from({ length: 1_500 }, (_, n) => `x-${n}: ${'y'.repeat(20)}`), ...length]),
      await raw(['webhook-id: one', 'webhook-id: two', ...length]),
      await raw(['mewayz-hops: 999999999999', ...length]),
      await raw(['__proto__: x', 'constructor: y', ...length]),
    ];
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    const good = { ...JSON_TYPE, ...signed(hook, '{"name":"After"}', 'after') };
    expect((await post(hook.path, '{"name":"After"}', good)).status).toBe(202);
  });
});

describe('webhooks in a circle', () => {
  it('end after five rounds, and say so', async () => {
    const hook = await makeHook(world.owner, {
      action: 'create',
      mapping: '{ "name": "Round " & $headers."mewayz-hops", "company": "Circle" }',
    });
    const url = `${world.server.url}${hook.path}`;
    const outgoing = expectStatus(
      await world.owner.call('POST', '/api/webhooks/endpoints/create', {
        body: { url, events: ['crm.contacts.created'], where: { company: ['Circle'] } },
      }),
      201,
    ).body;
    expectStatus(
      await world.owner.call('POST', '/api/hooks/endpoints/rotate-secret', {
        body: { id: hook.id, secret: outgoing.secret },
      }),
      200,
    );
    expectStatus(
      await world.owner.call('POST', '/api/crm/contacts', { body: { name: 'Start', company: 'Circle' } }),
      201,
    );
    const stored: { state: string; error?: string }[] = await until(
      () => deliveries(hook),
      (items: { state: string }[]) => items.some(({ state }) => state === 'rejected'),
    );
    expect(stored.map(({ state }) => state).sort()).toEqual([...Array(5).fill('applied'), 'rejected']);
    expect(stored.find(({ state }) => state === 'rejected')?.error).toMatch(/more than 5 times/);
    await world.owner.call('DELETE', `/api/webhooks/endpoints/${outgoing.id}`);
  });
});
