import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestPlatform,
  type TestPlatform,
  type TestResponse,
  type TestTenant,
} from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

const MINUTE = 60_000;
const PASSWORD = 'a long passphrase';
let platform: TestPlatform;
let offset = 0;
/** The real clock, which these tests may put forward. */
const pass = (ms: number): void => {
  offset += ms;
};

beforeAll(async () => {
  platform = await createTestPlatform(modules, { clock: { now: () => Date.now() + offset } });
});
afterAll(() => platform?.close());

const post = (name: string, body: unknown, token?: string): Promise<TestResponse> =>
  platform.request('POST', `/api/auth/${name}`, { body, ...(token ? { token } : {}) });
const me = (token: string): Promise<TestResponse> => platform.request('GET', '/api/auth/me', { token });
const refresh = (refreshToken: string): Promise<TestResponse> => post('refresh', { refreshToken });

async function signIn(
  { email }: TestTenant,
  password = PASSWORD,
): Promise<{ accessToken: string; refreshToken: string }> {
  const answer = await post('login', { email, password });
  expect(answer.status).toBe(200);
  return answer.body;
}

describe('registration', () => {
  it('makes a user, an organisation and a session', async () => {
    const answer = await post('register', {
      email: 'Ada@Example.test',
      password: PASSWORD,
      name: 'Ada',
      organization: 'Engines & Söhne',
    });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        expiresIn: 900,
        user: { email: 'ada@example.test', name: 'Ada' },
        tenant: { name: 'Engines & Söhne', plan: 'standard' },
      },
    });
    expect(answer.body.tenant.slug).toMatch(/^engines-sohne-[0-9a-z]{6}$/);
    expect((await me(answer.body.accessToken)).body).toMatchObject({
      role: 'owner',
      tenants: [{ id: answer.body.tenant.id, role: 'owner' }],
    });
    expect(answer.headers['set-cookie']).toMatch(/HttpOnly; SameSite=Strict/);
  });

  it('refuses an address that is taken, also when two register it at once', async () => {
    const body = { email: 'twice@example.test', password: PASSWORD, name: 'Two', organization: 'Two' };
    const answers = await Promise.all([
      post('register', body),
      post('register', { ...body, email: 'TWICE@example.test' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await post('register', body)).toMatchObject({
      status: 409,
      body: { code: 'already_exists', errors: [{ path: 'email' }] },
    });
  });
});

describe('sign-in', () => {
  it('answers alike to a wrong password and to an unknown address', async () => {
    const { email } = await platform.register();
    const [wrong, unknown] = [
      await post('login', { email, password: 'not the passphrase' }),
      await post('login', { email: 'nobody@example.test', password: PASSWORD }),
    ];
    expect(wrong.status).toBe(401);
    expect({ ...wrong.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
  });

  it('stops guessing on one account', async () => {
    const { email } = await platform.register();
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => post('login', { email, password: 'a guess' })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(refused[0]?.headers['retry-after']).toMatch(/^\d+$/);
  });

  it('gives access for fifteen minutes', async () => {
    const { accessToken } = await signIn(await platform.register());
    pass(14 * MINUTE);
    expect((await me(accessToken)).status).toBe(200);
    pass(2 * MINUTE);
    expect((await me(accessToken)).status).toBe(401);
  });
});

describe('refreshing', () => {
  it('gives a new token each time', async () => {
    const first = await signIn(await platform.register());
    const second = (await refresh(first.refreshToken)).body;
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect((await me(second.accessToken)).status).toBe(200);
    expect((await refresh(second.refreshToken)).status).toBe(200);
  });

  it('works for two tabs at once', async () => {
    const { refreshToken } = await signIn(await platform.register());
    const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken), refresh(refreshToken)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { body } of answers) expect((await refresh(body.refreshToken)).status).toBe(200);
  });

  it('ends the session for everybody when an old token comes back', async () => {
    const { refreshToken } = await signIn(await platform.register());
    const thief = (await refresh(refreshToken)).body;
    pass(MINUTE);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await refresh(thief.refreshToken)).status).toBe(401);
    pass(6_000);
    expect((await me(thief.accessToken)).status).toBe(401);
  });

  it('ends after thirty days without use, and takes nothing else for a token', async () => {
    const { refreshToken } = await signIn(await platform.register());
    for (const wrong of [
      '',
      'x',
      `${refreshToken}x`,
      refreshToken.replace(/\..*/, '.'),
      'ses_01JD0000000000000000000000.secret',
      '../x.y',
    ])
      expect((await refresh(wrong)).status).toBe(401);
    pass(31 * 24 * 60 * MINUTE);
    expect((await refresh(refreshToken)).status).toBe(401);
  });

  it('reads the cookie of the portal', async () => {
    const { refreshToken } = await signIn(await platform.register());
    const answer = await platform.request('POST', '/api/auth/refresh', {
      body: {},
      headers: { cookie: `a=b; mewayz_refresh=${refreshToken}` },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toContain(answer.body.refreshToken);
  });
});

describe('signing out', () => {
  it('ends this session and no other', async () => {
    const who = await platform.register();
    const [here, there] = [await signIn(who), await signIn(who)];
    expect((await post('logout', { refreshToken: here.refreshToken })).status).toBe(204);
    pass(6_000);
    expect((await me(here.accessToken)).status).toBe(401);
    expect((await refresh(here.refreshToken)).status).toBe(401);
    expect((await me(there.accessToken)).status).toBe(200);
  });
});

describe('changing the password', () => {
  it('ends every other session, keeps this one, and only the new password works', async () => {
    const who = await platform.register();
    const [here, ...others] = [await signIn(who), await signIn(who), await signIn(who)];
    const newPassword = 'another long passphrase';
    expect(
      await post('change-password', { currentPassword: 'wrong', newPassword }, here.accessToken),
    ).toMatchObject({ status: 422, body: { errors: [{ path: 'currentPassword' }] } });
    expect(
      (await post('change-password', { currentPassword: PASSWORD, newPassword }, here.accessToken)).status,
    ).toBe(204);
    pass(6_000);
    expect((await me(here.accessToken)).status).toBe(200);
    for (const other of others) {
      expect((await me(other.accessToken)).status).toBe(401);
      expect((await refresh(other.refreshToken)).status).toBe(401);
    }
    expect((await post('login', { email: who.email, password: PASSWORD })).status).toBe(401);
    await signIn(who, newPassword);
  });
});

describe('an API key', () => {
  it('works until it is revoked, and no more than five seconds longer', async () => {
    const { token } = await platform.register();
    const { id, key, prefix } = (await post('api-keys/create', { name: 'Shop', role: 'editor' }, token)).body;
    expect(key).toMatch(/^mk_/);
    expect(key.endsWith(prefix.slice(-4))).toBe(true);
    const use = (): Promise<TestResponse> => platform.request('GET', '/api/crm/contacts', { token: key });
    expect((await use()).status).toBe(200);
    expect((await post('api-keys/revoke', { id }, token)).status).toBe(204);
    pass(5_001);
    expect((await use()).status).toBe(401);
  });

  it('is kept as a hash, and shown only once', async () => {
    const { token } = await platform.register();
    const { id, key } = (await post('api-keys/create', { name: 'Shop' }, token)).body;
    const shown = await platform.request('GET', `/api/auth/api-keys/${id}`, { token });
    expect(shown.body).toMatchObject({ name: 'Shop', role: 'editor' });
    expect(shown.text).not.toContain(key.slice(-20));
    expect(shown.body).not.toHaveProperty('secretHash');
  });

  it('with one letter changed is no key', async () => {
    const { token } = await platform.register();
    const { key } = (await post('api-keys/create', { name: 'Shop' }, token)).body;
    for (const at of [4, 30, key.length - 2]) {
      const other = key[at] === 'A' ? 'B' : 'A';
      expect(
        (
          await platform.request('GET', '/api/crm/contacts', {
            token: key.slice(0, at) + other + key.slice(at + 1),
          })
        ).status,
      ).toBe(401);
    }
  });
});

describe('password hashes', () => {
  it('are salted, tell right from wrong, and do not depend on how letters were composed', async () => {
    const [first, second] = [await hashPassword('pässword 12345'), await hashPassword('pässword 12345')];
    expect(first).not.toBe(second);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword('pa\u0308ssword 12345', first)).toBe(true);
    expect(await verifyPassword('pässword 12346', first)).toBe(false);
    expect(await verifyPassword('', first)).toBe(false);
    expect(await verifyPassword('x', 'not a hash')).toBe(false);
  });
});
