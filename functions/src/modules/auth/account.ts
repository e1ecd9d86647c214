import { z } from 'zod';
import type { SignedInContext } from '../../kernel/context.ts';
import { defineEndpoint, Reply } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { tenantMembers, tenantNodes, tenantsOf } from '../../kernel/tenants/tenancy.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { password } from './register.ts';
import { sessions } from './sessions.collection.ts';
import { presentedToken, refreshCookie } from './sign-in.ts';
import { type User, users } from './users.collection.ts';

const userOutput = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  locale: z.string().optional(),
});
const tenantOutput = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  plan: z.string(),
  currency: z.string(),
  timezone: z.string(),
  locale: z.string(),
  role: z.string(),
});

async function currentUser(ctx: SignedInContext): Promise<User> {
  if (ctx.principal.kind !== 'user') throw new Problem('forbidden', 'An API key has no user account.');
  return ctx.asPlatform('own account').platform.repo(users).require(ctx.principal.id);
}

export const logout = defineEndpoint({
  name: 'auth.logout',
  summary: 'End the session; its tokens stop working',
  access: 'public',
  status: 204,
  input: z.strictObject({ refreshToken: z.string().max(200).optional() }),
  output: z.undefined(),
  example: {},
  handle: async (ctx, input) => {
    const [sessionId = ''] = (presentedToken(ctx, input) ?? '').split('.');
    const bearer = await sessionOfBearer(ctx);
    const repo = ctx.asPlatform('sign-out').platform.repo(sessions);
    const now = new Date(ctx.ports.clock.now()).toISOString();
    for (const id of new Set([sessionId, bearer]))
      if (id && (await repo.get(id))) await repo.patch(id, { revokedAt: now });
    return new Reply(204, undefined, { 'set-cookie': refreshCookie(ctx, '') });
  },
});

async function sessionOfBearer(
  ctx: Parameters<typeof logout.options.handle>[0],
): Promise<string | undefined> {
  const token = /^Bearer (\S+)$/i.exec(ctx.header('authorization') ?? '')?.[1];
  const authenticator = token
    ? ctx.app.registry.authenticators.find((candidate) => candidate.matches(token))
    : undefined;
  return token && authenticator ? (await authenticator.authenticate(ctx, token))?.sessionId : undefined;
}

export const me = defineEndpoint({
  name: 'auth.me',
  method: 'GET',
  summary: 'Who is signed in, and the organisations they belong to',
  access: 'viewer',
  input: z.strictObject({}),
  output: z.object({
    user: userOutput,
    tenant: tenantOutput,
    tenants: z.array(tenantOutput),
    role: z.string(),
  }),
  example: {},
  handle: async (ctx) => {
    const system = ctx.asPlatform('own account');
    const nodes = system.platform.repo(tenantNodes);
    const user = ctx.principal.kind === 'user' ? await currentUser(ctx) : undefined;
    const tenants = await Promise.all(
      (user ? await tenantsOf(system, user.id) : [ctx.tenantId]).map(async (id) => {
        const [node, member] = await Promise.all([
          nodes.require(id),
          user ? system.tenant(id).repo(tenantMembers).get(user.id) : undefined,
        ]);
        return { ...node, role: member?.role ?? ctx.caller.role };
      }),
    );
    const tenant = tenants.find(({ id }) => id === ctx.tenantId) ?? {
      ...(await nodes.require(ctx.tenantId)),
      role: ctx.caller.role,
    };
    return {
      user: user ?? { id: ctx.caller.id, email: '', name: 'API key' },
      tenant,
      tenants,
      role: ctx.caller.role,
    };
  },
});

export const profile = defineEndpoint({
  name: 'auth.profile',
  method: 'PUT',
  summary: 'Change your name and language',
  access: 'signed-in',
  input: z.strictObject({ name: z.string().trim().min(1).max(200), locale: z.string().max(35).optional() }),
  output: userOutput,
  example: { name: 'Ada King' },
  handle: async (ctx, input) => {
    const user = await currentUser(ctx);
    const system = ctx.asPlatform('own account');
    for (const tenantId of await tenantsOf(system, user.id)) {
      const members = system.tenant(tenantId).repo(tenantMembers);
      if (await members.get(user.id)) await members.patch(user.id, { name: input.name });
    }
    return system.platform.repo(users).patch(user.id, input);
  },
});

export const changePassword = defineEndpoint({
  name: 'auth.change-password',
  summary: 'Change your password; every other session ends',
  access: 'signed-in',
  status: 204,
  limit: { points: 30, seconds: 60, by: 'principal' },
  input: z.strictObject({ currentPassword: z.string().max(200), newPassword: password }),
  output: z.undefined(),
  example: { currentPassword: 'a long passphrase', newPassword: 'another long passphrase' },
  handle: async (ctx, { currentPassword, newPassword }) => {
    const user = await currentUser(ctx);
    if (!(await verifyPassword(currentPassword, user.passwordHash))) {
      const errors = [
        { path: 'currentPassword', message: 'This is not your current password.', code: 'wrong_password' },
      ];
      throw new Problem('invalid', 'The current password is wrong.', { errors });
    }
    const { platform } = ctx.asPlatform('own account');
    await platform.repo(users).patch(user.id, { passwordHash: await hashPassword(newPassword) });
    const repo = platform.repo(sessions);
    for (let after: readonly unknown[] | undefined; ; ) {
      const page = await repo.list({
        filters: [{ field: 'userId', operator: 'eq', value: user.id }],
        limit: 200,
        after,
      });
      for (const session of page.items)
        if (session.id !== ctx.principal.sessionId && !session.revokedAt)
          await repo.patch(session.id, { revokedAt: new Date(ctx.ports.clock.now()).toISOString() });
      const last = page.items.at(-1);
      if (!page.nextCursor || !last) return undefined;
      after = [last.createdAt, last.id];
    }
  },
});
