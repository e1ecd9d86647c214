import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestPlatform,
  type TestPlatform,
  type TestResponse,
  type TestTenant,
} from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';

let platform: TestPlatform;
let owner: TestTenant;
let offset = 0;
beforeAll(async () => {
  platform = await createTestPlatform(modules, { clock: { now: () => Date.now() + offset } });
  owner = await platform.register('Owner');
});
afterAll(() => platform?.close());

const call = (
  who: TestTenant,
  name: string,
  body: unknown,
  tenantId = owner.tenantId,
): Promise<TestResponse> =>
  platform.request('POST', `/api/tenants/${name}`, {
    token: who.token,
    body,
    headers: { 'x-tenant-id': tenantId },
  });

async function invite(email: string, role = 'editor'): Promise<string> {
  const answer = await call(owner, 'members/add', { email, role });
  expect(answer.status).toBe(201);
  return new URL(answer.body.inviteUrl).searchParams.get('token') ?? '';
}

async function member(role: string): Promise<TestTenant> {
  const guest = await platform.register(role);
  expect((await call(guest, 'invitations/accept', { token: await invite(guest.email, role) })).status).toBe(
    200,
  );
  return guest;
}

const seen = async (who: TestTenant): Promise<number> =>
  (
    await platform.request('GET', '/api/crm/contacts', {
      token: who.token,
      headers: { 'x-tenant-id': owner.tenantId },
    })
  ).status;

describe('an invitation', () => {
  it('makes a member of whoever has the address, with the role that was given', async () => {
    const guest = await member('viewer');
    const { tenants } = (await platform.request('GET', '/api/auth/me', { token: guest.token })).body;
    expect(tenants).toMatchObject([
      { id: guest.tenantId, role: 'owner' },
      { id: owner.tenantId, role: 'viewer' },
    ]);
    expect(await seen(guest)).toBe(200);
  });

  it('is withdrawn, and then its link is worth nothing', async () => {
    const guest = await platform.register('Withdrawn');
    const { id, inviteUrl } = (await call(owner, 'members/add', { email: guest.email })).body;
    expect((await call(owner, 'invitations/withdraw', { id })).status).toBe(204);
    const token = new URL(inviteUrl).searchParams.get('token');
    expect((await call(guest, 'invitations/accept', { token })).status).toBe(404);
  });

  it('works once, also when it is accepted twice at once', async () => {
    const guest = await platform.register();
    const token = await invite(guest.email);
    const answers = await Promise.all([1, 2, 3].map(() => call(guest, 'invitations/accept', { token })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status } of answers) expect([200, 404, 409]).toContain(status);
    expect((await call(guest, 'invitations/accept', { token })).status).toBe(404);
  });

  it('works for nobody else, not after fourteen days, and not with another secret', async () => {
    const [guest, other] = [await platform.register(), await platform.register()];
    const token = await invite(guest.email);
    expect((await call(other, 'invitations/accept', { token })).status).toBe(403);
    for (const wrong of [
      `${token}x`,
      token.split('.').slice(0, 2).join('.'),
      '',
      'a.b.c',
      token.replace(/^ten_[^.]+/, other.tenantId),
    ])
      expect((await call(guest, 'invitations/accept', { token: wrong })).status).toBe(404);
    offset += 15 * 86_400_000;
    // Access tokens have ended by now too.
    const { accessToken } = (
      await platform.request('POST', '/api/auth/login', {
        body: { email: guest.email, password: 'a long passphrase' },
      })
    ).body;
    expect((await call({ ...guest, token: accessToken }, 'invitations/accept', { token })).status).toBe(404);
    offset -= 15 * 86_400_000;
  });
});

describe('the last owner', () => {
  it('can be neither removed nor made less, until there is another', async () => {
    const me = { id: owner.userId };
    expect((await call(owner, 'members/remove', me)).status).toBe(409);
    expect((await call(owner, 'members/set-role', { ...me, role: 'viewer' })).status).toBe(409);
    const second = await member('owner');
    const both = await Promise.all([
      call(owner, 'members/remove', { id: second.userId }),
      call(second, 'members/remove', me),
    ]);
    expect(both.filter(({ status }) => status === 204).length).toBeLessThanOrEqual(1);
    const { items } = (
      await platform.request('GET', '/api/tenants/members?role=owner', {
        token: (await stillIn([owner, second])).token,
        headers: { 'x-tenant-id': owner.tenantId },
      })
    ).body;
    expect(items.length).toBeGreaterThanOrEqual(1);
    if ((await stillIn([owner, second])) !== owner)
      throw new Error('the owner left; the tests after this need them');
  });

  async function stillIn(people: TestTenant[]): Promise<TestTenant> {
    offset += 6_000;
    for (const person of people) if ((await seen(person)) === 200) return person;
    throw new Error('nobody is left');
  }
});

describe('members', () => {
  it('are out within five seconds of their removal, and lose nothing of their own', async () => {
    const guest = await member('editor');
    expect(await seen(guest)).toBe(200);
    expect((await call(owner, 'members/remove', { id: guest.userId })).status).toBe(204);
    offset += 5_001;
    expect(await seen(guest)).toBe(404);
    expect((await platform.request('GET', '/api/auth/me', { token: guest.token })).body.tenants).toHaveLength(
      1,
    );
  });

  it('have their new role within five seconds', async () => {
    const guest = await member('viewer');
    const write = (): Promise<TestResponse> =>
      platform.request('POST', '/api/crm/contacts', {
        token: guest.token,
        body: { name: 'x' },
        headers: { 'x-tenant-id': owner.tenantId },
      });
    expect((await write()).status).toBe(403);
    expect((await call(owner, 'members/set-role', { id: guest.userId, role: 'editor' })).status).toBe(200);
    offset += 5_001;
    expect((await write()).status).toBe(201);
  });
});

describe('the organisation', () => {
  it('takes currency and time zone, and gives them to what has none', async () => {
    const who = await platform.register();
    const update = (body: unknown): Promise<TestResponse> => call(who, 'current/update', body, who.tenantId);
    expect(await update({ currency: 'JPY', timezone: 'Asia/Tokyo', name: 'Engines' })).toMatchObject({
      status: 200,
      body: { currency: 'JPY', timezone: 'Asia/Tokyo', name: 'Engines' },
    });
    for (const wrong of [
      { currency: 'yen' },
      { timezone: 'Moon/Base' },
      { slug: 'other' },
      { plan: 'enterprise' },
      { parentId: 'platform' },
    ])
      expect((await update(wrong)).status).toBe(422);
    offset += 6_000;
    const product = await platform.request('POST', '/api/commerce/products', {
      token: who.token,
      body: { sku: '1', name: 'Tea' },
    });
    expect(product.body.currency).toBe('JPY');
  });
});
