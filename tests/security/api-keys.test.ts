import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../functions/src/kernel/access.ts';
import type { Operation } from '../../functions/src/kernel/requests/operation.ts';
import { operations, registry, roleMay } from '../support/registry.ts';
import { validCall } from './calls.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { createWorld, expectStatus, needsPlatformRecord, type World } from './world.ts';

/** Every operation × API keys of every role, and keys that are narrowed to some permissions. */
let world: World;
const keys: Partial<Record<Role, string>> = {};
let elsewhere = '';
beforeAll(async () => {
  world = await createWorld();
  for (const role of ROLES) keys[role] = await world.key({ role });
  elsewhere = await world.key({
    role: 'owner',
    permissions: ['elsewhere.*', 'crm', '*'.replace('*', 'c.*')],
  });
});
afterAll(() => world?.server.remove());

const inTenant = operations.filter(({ access }) => access !== 'public' && access !== 'signed-in');
const title = (operation: Operation): [string, Operation] => [operation.name, operation];

async function statusWith(token: string | undefined, operation: Operation): Promise<number> {
  const { url, body, raw, headers } = await validCall(world, world.owner, operation);
  return (await world.owner.call(operation.method, url, { body, raw, headers: headers ?? {}, token })).status;
}

/** Import jobs are for whoever sent the file, and for administrators. */
const ofAnother = ({ name }: Operation): boolean => name.startsWith('imports.');

describe('a key of a role may what the role may', () => {
  it.each(inTenant.map(title))('%s', async (_name, operation) => {
    for (const role of ROLES) {
      const status = await statusWith(keys[role], operation);
      const may = roleMay(operation, role, 'api_key');
      // A key of a lower role is also refused what needs rank over somebody else, such as removing an administrator.
      if (!may) expect({ role, status }).toEqual({ role, status: 403 });
      else if (!needsPlatformRecord(operation) && !(ofAnother(operation) && status === 404))
        expect(`${role}: ${status}`).toMatch(/: 2\d\d$/);
    }
  });
});

describe('a narrowed key', () => {
  it.each(inTenant.filter((operation) => roleMay(operation, 'owner')).map(title))(
    'may %s with its permission, and not without',
    async (_name, operation) => {
      expect(await statusWith(elsewhere, operation)).toBe(403);
      for (const permission of [operation.permission, `${operation.permission.split('.')[0]}.*`]) {
        const key = await world.key({ role: 'owner', permissions: [permission] });
        const status = await statusWith(key, operation);
        const makesMore =
          operation.name === 'auth.api-keys.create' ||
          operation.name === 'hooks.endpoints.create' ||
          operation.name === 'webhooks.endpoints.create' ||
          operation.name.endsWith('.bulk');
        if (!makesMore)
          expect(`${permission}: ${status}`).toMatch(needsPlatformRecord(operation) ? /: 404$/ : /: 2\d\d$/);
      }
    },
  );

  it('makes no keys, and no webhooks that write what it may not', async () => {
    const key = await world.key({ role: 'owner', permissions: ['auth.*', 'hooks.*'] });
    const call = (url: string, body: unknown) => world.server.request('POST', url, { token: key, body });
    expect((await call('/api/auth/api-keys/create', { name: 'More', role: 'owner' })).status).toBe(403);
    expect(
      (
        await call('/api/hooks/endpoints/create', {
          name: 'Way round',
          collection: 'crm.contacts',
          mapping: '{}',
        })
      ).status,
    ).toBe(403);
  });

  it('may in a bulk only what it may one by one', async () => {
    const { id } = expectStatus(
      await world.owner.call('POST', '/api/crm/contacts', { body: { name: 'Ada' } }),
      201,
    ).body;
    const token = await world.key({ role: 'editor', permissions: ['crm.contacts.update'] });
    const operations = [
      { op: 'create', data: { name: 'New' } },
      { op: 'delete', id },
      { op: 'patch', id, data: { score: 1 } },
    ];
    const { results } = expectStatus(
      await world.server.request('POST', '/api/crm/contacts/bulk', { token, body: { operations } }),
      200,
    ).body;
    expect(results.map(({ status }: { status: number }) => status)).toEqual([403, 403, 200]);
  });

  it('works in no other organisation', async () => {
    for (const tenant of [world.stranger.tenantId, 'platform'])
      expect(
        (
          await world.server.request('GET', '/api/crm/contacts', {
            token: keys.owner,
            headers: { 'x-tenant-id': tenant },
          })
        ).status,
      ).toBe(404);
  });
});

describe('a key is no person', () => {
  it.each(operations.filter(({ access }) => access === 'signed-in').map(title))(
    '%s',
    async (name, operation) => {
      expect(await statusWith(keys.owner, operation)).toBe(EXCEPTIONS[name]?.['api key']?.status);
    },
  );
});

it('covers every module', () => {
  expect(new Set(operations.map(({ name }) => name.split('.')[0]))).toEqual(
    new Set(registry.modules.map(({ name }) => name)),
  );
});
