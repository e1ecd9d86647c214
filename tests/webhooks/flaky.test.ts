import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Account,
  eventually,
  startServer,
  type TestServer,
  temporaryDirectory,
} from '../support/server.ts';
import { type Receivers, startReceivers } from './receivers.ts';

/** Every kind of receiver at once, on a real server: the log tells what each did, and none is another's trouble. */
const CHANGES = 8;
let server: TestServer;
let account: Account;
let receivers: Receivers;
const ids: Record<string, string> = {};

const api = (method: string, url: string, body?: unknown) =>
  server.request(method, `/api/${url}`, { token: account.token, body });
interface Attempt {
  readonly outcome: string;
  readonly errorKind?: string;
  readonly error?: string;
  readonly responseStatus?: number;
  readonly responseBody?: string;
}
const attemptsOf = async (name: string): Promise<Attempt[]> =>
  (await api('GET', `webhooks/attempts?endpointId=${ids[name]}&sort=createdAt&limit=200`)).body.items;

beforeAll(async () => {
  receivers = await startReceivers();
  const directory = await temporaryDirectory();
  const trusted = path.join(directory, 'authority.pem');
  await writeFile(trusted, receivers.authority);
  server = await startServer({
    directory: path.join(directory, 'data'),
    environment: { MEWAYZ_OUTBOUND_ALLOW: '127.0.0.1', NODE_EXTRA_CA_CERTS: trusted },
  });
  account = await server.register('Flaky');
  for (const [name, url] of Object.entries(receivers.urls)) {
    // Only for those that never end is the time short: the others have it all, however busy the machine is.
    const timeoutSeconds = name === 'hangs' || name === 'drips' ? 2 : 30;
    const body = { url, events: ['crm.contacts.created'], description: name, timeoutSeconds };
    const made = await api('POST', 'webhooks/endpoints/create', body);
    expect(made.status).toBe(201);
    ids[name] = made.body.id;
  }
  for (let index = 0; index < CHANGES; index += 1)
    expect((await api('POST', 'crm/contacts', { name: `contact ${index}` })).status).toBe(201);
});
afterAll(async () => {
  receivers.close();
  await server.remove();
});

it('those that are well have every event while the others fail', async () => {
  for (const name of ['well', 'secure'] as const) {
    await eventually(
      name,
      async () => receivers.taken[name].length,
      (count) => count >= CHANGES,
    );
    const seen = receivers.taken[name].map((text) => JSON.parse(text).data.changes.name);
    expect([...new Set(seen)].toSorted()).toEqual(
      Array.from({ length: CHANGES }, (_, index) => `contact ${index}`),
    );
  }
});

describe('the attempt log', () => {
  const failed = { outcome: 'failed' };
  it.each<[string, object]>([
    ['well', { outcome: 'delivered', responseStatus: 204 }],
    ['secure', { outcome: 'delivered', responseStatus: 204 }],
    ['large', { outcome: 'delivered', responseStatus: 200, responseBody: 'x'.repeat(4_096) }],
    ['hangs', { ...failed, errorKind: 'timeout', error: 'No whole answer within 2000 ms.' }],
    [
      'drips',
      { ...failed, errorKind: 'timeout', responseStatus: 200, responseBody: expect.stringMatching(/^drop /) },
    ],
    ['fails', { ...failed, errorKind: 'status', responseStatus: 500, responseBody: 'broken inside' }],
    ['redirects', { ...failed, errorKind: 'redirect', responseStatus: 307 }],
    ['metadata', { ...failed, errorKind: 'redirect', responseStatus: 302 }],
    ['mismatch', { ...failed, errorKind: 'certificate', error: expect.stringContaining('not match') }],
    ['expired', { ...failed, errorKind: 'certificate', error: expect.stringContaining('expired') }],
    ['selfSigned', { ...failed, errorKind: 'certificate', error: expect.stringContaining('self-signed') }],
    ['resets', { ...failed, errorKind: 'connection', error: expect.stringContaining('ECONNRESET') }],
    ['halves', { ...failed, errorKind: 'answer', responseStatus: 200, responseBody: 'half' }],
    ['babbles', { ...failed, errorKind: 'answer' }],
    ['nobody', { ...failed, errorKind: 'connection', error: expect.stringContaining('ECONNREFUSED') }],
    ['busy', { ...failed, errorKind: 'status', responseStatus: 429 }],
    ['gone', { ...failed, errorKind: 'status', responseStatus: 410 }],
  ])('of one that %s is right', async (name, expected) => {
    const [first] = await eventually(
      name,
      () => attemptsOf(name),
      (attempts) => attempts.length > 0,
    );
    expect(first).toMatchObject(expected);
  });
});

it('a redirect leads nowhere', () => expect(receivers.own()).toBe(0));

it('one that is gone is disabled, and the rest of its deliveries ended; one that is busy is left alone', async () => {
  expect((await api('GET', `webhooks/endpoints/${ids.gone}`)).body).toMatchObject({
    active: false,
    disabledReason: 'It answered 410 Gone.',
  });
  expect((await attemptsOf('gone')).length).toBeLessThanOrEqual(CHANGES);
  const left = async (): Promise<number> =>
    (await api('GET', `jobs/jobs?lane=${ids.gone}&state.in=scheduled,running`)).body.items.length;
  await eventually('the end of deliveries', left, (count) => count === 0);
  const state = (await api('GET', `webhooks/states/${ids.busy}`)).body;
  expect(Date.parse(state.pausedUntil) - Date.parse(state.failingSince)).toBeGreaterThanOrEqual(590_000);
  expect((await attemptsOf('busy')).length).toBeLessThanOrEqual(CHANGES);
});
