import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../functions/src/kernel/access.ts';
import { type Actor, createWorld, invite, join, makeHook, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.server.remove());

const above = (role: Role): Role[] => ROLES.slice(ROLES.indexOf(role) + 1);
const WEAK: readonly Role[] = ['viewer', 'editor', 'admin'];
const cases = WEAK.flatMap((role) => above(role).map((wanted): [Role, Role] => [role, wanted]));
const roleOf = async (who: Actor): Promise<string> =>
  (await world.owner.call('GET', `/api/tenants/members/${who.userId}`)).body.role;

describe('nobody rises above their role', () => {
  it.each(cases)('%s to %s, by changing their own role', async (role, wanted) => {
    const who = world.members[role];
    expect(
      (await who.call('POST', '/api/tenants/members/set-role', { body: { id: who.userId, role: wanted } }))
        .status,
    ).toBe(403);
    expect(await roleOf(who)).toBe(role);
  });
  it.each(cases)('%s to %s, by an API key', async (role, wanted) => {
    expect(
      (
        await world.members[role].call('POST', '/api/auth/api-keys/create', {
          body: { name: 'Up', role: wanted },
        })
      ).status,
    ).toBe(403);
  });
  it.each(cases)('%s to %s, by inviting a second self', async (role, wanted) => {
    expect(
      (
        await world.members[role].call('POST', '/api/tenants/members/add', {
          body: { email: 'me@example.test', role: wanted },
        })
      ).status,
    ).toBe(403);
  });
  it.each(WEAK)('%s, by writing the membership as a record', async (role) => {
    const who = world.members[role];
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const answer = await who.call(method, `/api/tenants/members/${who.userId}`, {
        body: { role: 'owner' },
      });
      expect([403, 404, 405]).toContain(answer.status);
    }
    expect(
      (
        await who.call('POST', '/api/tenants/members', {
          body: { email: who.email, name: 'x', role: 'owner' },
        })
      ).status,
    ).toBe(405);
    expect(await roleOf(who)).toBe(role);
  });
  it.each(WEAK)('%s, by taking a role from somebody above', async (role) => {
    const body = { id: world.owner.userId, role: 'viewer' };
    expect((await world.members[role].call('POST', '/api/tenants/members/set-role', { body })).status).toBe(
      403,
    );
    expect(
      (
        await world.members[role].call('POST', '/api/tenants/members/remove', {
          body: { id: world.owner.userId },
        })
      ).status,
    ).toBe(403);
    expect(await roleOf(world.owner)).toBe('owner');
  });
  it('not by a webhook that writes what its maker could not', async () => {
    for (const collection of [
      'tenants.members',
      'auth.users',
      'auth.api-keys',
      'tenants.nodes',
      'nonsense.things',
      'imports.jobs',
    ])
      expect(
        (
          await world.owner.call('POST', '/api/hooks/endpoints/create', {
            body: { name: 'x', collection, mapping: '{}' },
          })
        ).status,
      ).toBe(422);
    const hook = await makeHook(world.owner);
    expect(
      (
        await world.owner.call('PATCH', `/api/hooks/endpoints/${hook.id}`, {
          body: { collection: 'finance.invoices' },
        })
      ).status,
    ).toBe(403);
  });
  it('not by an invitation meant for somebody else, or used twice', async () => {
    const [guest, thief] = [await world.newcomer(), await world.newcomer()];
    const token = await invite(world.owner, guest.email, 'admin');
    expect((await thief.call('POST', '/api/tenants/invitations/accept', { body: { token } })).status).toBe(
      403,
    );
    expect((await guest.call('POST', '/api/tenants/invitations/accept', { body: { token } })).status).toBe(
      200,
    );
    expect((await guest.call('POST', '/api/tenants/invitations/accept', { body: { token } })).status).toBe(
      404,
    );
  });
  it('and who was removed is out', async () => {
    const gone = await join(world.server, world.owner, await world.newcomer(), 'admin');
    expect(
      (await world.owner.call('POST', '/api/tenants/members/remove', { body: { id: gone.userId } })).status,
    ).toBe(204);
    const { eventually } = await import('../support/server.ts');
    await eventually(
      'the removal',
      () => gone.call('GET', '/api/crm/contacts'),
      ({ status }) => status === 404,
    );
  });
});
