import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actionOf, collectionOf, operations, registry } from '../support/registry.ts';
import { withId } from './calls.ts';
import { createWorld, deliver, expectStatus, invite, makeHook, type World } from './world.ts';

/** What is shown once is shown never again, and lies nowhere in readable form. */
let world: World;
const secrets: Record<string, string> = {};
const answers: string[] = [];
const MARKER = 'This text is stored readable 8271';

beforeAll(async () => {
  world = await createWorld();
  const { owner } = world;
  const key = expectStatus(
    await owner.call('POST', '/api/auth/api-keys/create', {
      body: { name: 'Keyed', role: 'viewer' },
      headers: { 'idempotency-key': 'key once' },
    }),
    201,
  ).body.key;
  const hook = await makeHook(owner);
  const rotated = expectStatus(
    await owner.call('POST', '/api/hooks/endpoints/rotate-secret', {
      body: { id: hook.id },
      headers: { 'idempotency-key': 'rotate once' },
    }),
    200,
  ).body.secret;
  await deliver(owner, { ...hook, secret: rotated }, { name: MARKER });
  await owner.call('PATCH', `/api/hooks/endpoints/${hook.id}`, { body: { name: 'Renamed' } });
  const invitation = await invite(owner, 'guest@example.test', 'viewer');
  const changed = 'a rather different passphrase';
  expectStatus(
    await owner.call('POST', '/api/auth/change-password', {
      body: { currentPassword: owner.password, newPassword: changed },
    }),
    204,
  );
  Object.assign(secrets, {
    password: owner.password,
    changed,
    key,
    keySecret: key.slice(-43),
    hookSecret: hook.secret,
    rotated,
    hookPath: hook.path.slice(-24),
    invitation: invitation.split('.')[2] ?? '',
    refreshToken: owner.refreshToken.split('.')[1] ?? '',
    accessToken: owner.token,
  });
  for (const operation of operations) answers.push(...(await readEverything(operation)));
});
afterAll(() => world?.server.remove());

async function readEverything(operation: (typeof operations)[number]): Promise<string[]> {
  const collection = collectionOf(operation);
  const action = actionOf(operation);
  if (!collection || operation.method !== 'GET') return [];
  if (action === 'list') return [(await world.owner.call('GET', `${operation.path}?limit=200`)).text];
  if (action === 'export')
    return Promise.all(
      ['csv', 'ndjson', 'json'].map(
        async (format) => (await world.owner.call('GET', `${operation.path}?format=${format}`)).text,
      ),
    );
  const { items } = expectStatus(
    await world.owner.call('GET', operation.path.replace(/\/\{id\}.*$/, '')),
    200,
  ).body;
  return Promise.all(
    items.map(async ({ id }: { id: string }) => (await world.owner.call('GET', withId(operation, id))).text),
  );
}

it('no answer holds a secret', () => {
  const all = answers.join('\n');
  expect(all).toContain('Renamed');
  for (const [name, secret] of Object.entries(secrets))
    expect({ name, found: all.includes(secret) }).toEqual({ name, found: false });
});

it('no answer names a field that is secret', () => {
  const all = answers.join('\n');
  for (const { name, options } of registry.collections.values())
    for (const field of options.secret ?? [])
      if (field.length > 6)
        expect({ name, field, found: all.includes(`"${field}"`) }).toEqual({ name, field, found: false });
});

it('the API reference does not promise a field that is secret', async () => {
  const { paths } = (await world.server.request('GET', '/api/openapi.json')).body;
  const text = JSON.stringify(paths['/api/auth/api-keys/{id}']);
  expect(text).toContain('prefix');
  expect(text).not.toContain('secretHash');
});

it('nothing in the data folder is a secret in readable form', async () => {
  await world.server.stop();
  const files = (await readdir(world.server.directory, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile(),
  );
  const found: string[] = [];
  let marked = 0;
  for (const entry of files) {
    const bytes = await readFile(path.join(entry.parentPath, entry.name));
    if (bytes.includes(MARKER)) marked++;
    for (const [name, secret] of Object.entries(secrets))
      if (bytes.includes(secret)) found.push(`${name} in ${entry.name}`);
  }
  // Proves that the scan would see a text that is stored.
  expect(marked).toBeGreaterThan(0);
  expect(found).toEqual([]);
});
