import { setTimeout as sleep } from 'node:timers/promises';
import { ROLES, type Role } from '../../functions/src/kernel/access.ts';
import type { Collection } from '../../functions/src/kernel/define.ts';
import type { Operation } from '../../functions/src/kernel/requests/operation.ts';
import { collectionOf, collectionOfId, operations } from '../support/registry.ts';
import {
  type Account,
  type Answer,
  type RequestOptions,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { signStandard } from '../support/sign.ts';
import { makeSource, makeUpload, startLoad } from './datasets.ts';

/** Somebody who calls: a token, and the organisation it is used in. */
export interface Actor extends Account {
  readonly serverUrl: string;
  call(method: string, url: string, options?: RequestOptions): Promise<Answer>;
}

/** One server with two organisations: `members` of every role in the first, and the owner of another. */
export interface World {
  readonly server: TestServer;
  readonly members: Readonly<Record<Role, Actor>>;
  readonly owner: Actor;
  readonly stranger: Actor;
  /** Somebody new, with an organisation of their own. */
  newcomer(): Promise<Actor>;
  /** An API key of the first organisation. */
  key(options: { role: Role; permissions?: readonly string[] }): Promise<string>;
}

export async function createWorld(): Promise<World> {
  // Webhooks of these tests call the server itself.
  const server = await startServer({ environment: { MEWAYZ_OUTBOUND_ALLOW: '127.0.0.1' } });
  const newcomer = async (): Promise<Actor> => actor(server, await server.register());
  const owner = await newcomer();
  const members: Partial<Record<Role, Actor>> = { owner };
  for (const role of ROLES)
    if (role !== 'owner') members[role] = await join(server, owner, await newcomer(), role);
  return {
    server,
    owner,
    newcomer,
    members: members as Record<Role, Actor>,
    stranger: await newcomer(),
    key: async ({ role, permissions }) => {
      const made = expectStatus(
        await owner.call('POST', '/api/auth/api-keys/create', {
          body: { name: `Test ${role}`, role, ...(permissions ? { permissions } : {}) },
        }),
        201,
      );
      return made.body.key;
    },
  };
}

/** Requests in the account's own organisation, or in the one given. */
export function actor(server: TestServer, account: Account, tenantId = account.tenantId): Actor {
  const call: Actor['call'] = (method, url, options = {}) =>
    server.request(method, url, {
      token: account.token,
      ...options,
      headers: { 'x-tenant-id': tenantId, ...options.headers },
    });
  return { ...account, tenantId, serverUrl: server.url, call };
}

export async function join(server: TestServer, owner: Actor, newcomer: Actor, role: Role): Promise<Actor> {
  expectStatus(
    await newcomer.call('POST', '/api/tenants/invitations/accept', {
      body: { token: await invite(owner, newcomer.email, role) },
    }),
    200,
  );
  return actor(server, newcomer, owner.tenantId);
}

export async function invite(owner: Actor, email: string, role: Role): Promise<string> {
  const invited = expectStatus(
    await owner.call('POST', '/api/tenants/members/add', { body: { email, role } }),
    201,
  );
  return new URL(invited.body.inviteUrl).searchParams.get('token') ?? '';
}

export function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status)
    throw new Error(`expected ${status}, got ${answer.status}: ${answer.text.slice(0, 1_000)}`);
  return answer;
}

/** How records are made where the collection's own `create` is not the way. */
const MAKERS: Readonly<Record<string, (world: World, who: Actor) => Promise<string>>> = {
  'tenants.members': async (world, who) =>
    (await join(world.server, who, await world.newcomer(), 'viewer')).userId,
  'tenants.invitations': async (_world, who) =>
    (await invite(who, `guest-${++made}@example.test`, 'viewer')).split('.')[1] ?? '',
  'hooks.deliveries': async (_world, who) => (await deliver(who, await makeHook(who))).body.id,
  'hooks.events': async (_world, who) => receivedEvent(who),
  'finance.payments': async (_world, who) => {
    const invoiceId = await issuedInvoice(who);
    return expectStatus(
      await who.call('POST', '/api/finance/payments', { body: { invoiceId, amount: 1 } }),
      201,
    ).body.id;
  },
  'webhooks.states': async (_world, who) => (await attempted(who)).endpointId,
  'webhooks.attempts': async (_world, who) => (await attempted(who)).id,
  'jobs.jobs': async (_world, who) => (await attempted(who)).jobId,
  'imports.jobs': async (_world, who) => importOne(who),
  'datasets.uploads': async (_world, who) => makeUpload(who),
  'datasets.loads': async (_world, who) => startLoad(who),
  'datasets.sources': async (_world, who) => makeSource(who),
};

let made = 0;

/** Collections whose records no request makes, and why. Their operations are called with an id that does not exist. */
const PLATFORM_MADE: Readonly<Record<string, string>> = {
  'jobs.jobs': 'jobs are made by the platform, when it has something to do later',
  'datasets.source-notices': 'notices are made by the platform, when a source has failed five times in a row',
  'webhooks.warnings': 'warnings are made by the platform, when an endpoint has failed for a day',
};

/** Whether an operation is about a record that cannot be made from outside, so that its valid answer is 404. */
export function needsPlatformRecord(operation: Operation): boolean {
  const own = collectionOf(operation);
  if (own) return operation.path.includes('{id}') && own.name in PLATFORM_MADE;
  const values = typeof operation.example === 'object' ? Object.values(Object(operation.example)) : [];
  return values.some(
    (value) => typeof value === 'string' && (collectionOfId(value)?.name ?? '') in PLATFORM_MADE,
  );
}

/** Creates a record of a collection from its example, and resolves its id. */
export async function makeRecord(world: World, who: Actor, collection: Collection): Promise<string> {
  if (collection.name in PLATFORM_MADE) return `${collection.options.idPrefix}_01JD0000000000000000000000`;
  const maker = MAKERS[collection.name];
  if (maker) return maker(world, who);
  const create = operations.filter(({ name }) => name === `${collection.name}.create`).at(-1);
  if (!create) throw new Error(`${collection.name} has no create: say in MAKERS how its records are made`);
  const body =
    create.functionName === collection.key ? await freshExample(world, who, collection) : create.example;
  return expectStatus(await who.call('POST', create.path, { body }), 201).body.id;
}

/** The collection's example with values of unique fields that were not used before, and ids of records that exist. */
export async function freshExample(
  world: World,
  who: Actor,
  collection: Collection,
): Promise<Record<string, unknown>> {
  const example = (await withRealIds(world, who, collection.options.example)) as Record<string, unknown>;
  if (collection.name === 'finance.payments') example.invoiceId = await issuedInvoice(who);
  for (const field of collection.options.unique ?? [])
    if (typeof example[field] === 'string') example[field] = `${example[field]}-${++made}`;
  return example;
}

/** Replaces ids in an example by those of records made for it. */
export async function withRealIds(world: World, who: Actor, example: unknown): Promise<unknown> {
  if (typeof example === 'string') {
    const collection = collectionOfId(example);
    return collection ? makeRecord(world, who, collection) : example;
  }
  if (Array.isArray(example)) return Promise.all(example.map((item) => withRealIds(world, who, item)));
  if (typeof example !== 'object' || example === null) return example;
  const entries = await Promise.all(
    Object.entries(example).map(async ([name, value]) => [name, await withRealIds(world, who, value)]),
  );
  return Object.fromEntries(entries);
}

export async function issuedInvoice(who: Actor): Promise<string> {
  const lines = [{ description: 'Work', quantity: 100, unitPrice: '1.00' }];
  return expectStatus(
    await who.call('POST', '/api/finance/invoices', { body: { status: 'issued', currency: 'GBP', lines } }),
    201,
  ).body.id;
}

export interface Hook {
  readonly id: string;
  readonly path: string;
  readonly secret: string;
}

export async function makeHook(who: Actor, more: Record<string, unknown> = {}): Promise<Hook> {
  const body = { name: 'Leads', collection: 'crm.contacts', mapping: '{ "name": name }', ...more };
  const { id, url, secret } = expectStatus(
    await who.call('POST', '/api/hooks/endpoints/create', { body }),
    201,
  ).body;
  return { id, secret, path: new URL(url).pathname };
}

export async function deliver(who: Actor, hook: Hook, payload: unknown = { name: 'Ada' }): Promise<Answer> {
  const raw = JSON.stringify(payload);
  const headers = { 'content-type': 'application/json', ...signStandard(hook.secret, `msg_${++made}`, raw) };
  return expectStatus(await who.call('POST', hook.path, { raw, headers, token: undefined }), 202);
}

/** What a delivery to an endpoint that publishes events became. */
async function receivedEvent(who: Actor): Promise<string> {
  const hook = await makeHook(who, { action: 'event', collection: undefined, mapping: '$' });
  await deliver(who, hook);
  for (let tries = 0; tries < 100; tries++) {
    const { body } = await who.call('GET', `/api/hooks/events?endpointId=${hook.id}`);
    if (body.items[0]) return body.items[0].id;
    await sleep(50);
  }
  throw new Error('no event was published');
}

/** A test event that was sent to the server itself, which refuses it: one attempt was made, and more are to come. */
async function attempted(
  who: Actor,
): Promise<{ readonly id: string; readonly jobId: string; readonly endpointId: string }> {
  const call = async (name: string, status: number, body: object) =>
    expectStatus(await who.call('POST', `/api/webhooks/endpoints/${name}`, { body }), status).body;
  const { id } = await call('create', 201, {
    url: `${who.serverUrl}/api/health`,
    events: ['webhooks.endpoints.deleted'],
  });
  const { jobId } = await call('test', 202, { id });
  for (let tries = 0; tries < 100; tries++) {
    const { body } = await who.call('GET', `/api/webhooks/attempts?jobId=${jobId}`);
    const job = await who.call('GET', `/api/jobs/jobs/${jobId}`);
    if (body.items[0] && job.body.state === 'scheduled')
      return { id: body.items[0].id, jobId, endpointId: id };
    await sleep(50);
  }
  throw new Error('no attempt was made');
}

async function importOne(who: Actor): Promise<string> {
  const options = { raw: '{"name":"Ada"}\n', headers: { 'content-type': 'application/x-ndjson' } };
  return expectStatus(await who.call('POST', '/api/crm/contacts/import', options), 202).body.id;
}
