import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { hasRole, ROLES } from '../../kernel/access.ts';
import { defineCollection, defineEndpoint } from '../../kernel/define.ts';
import { notFound, Problem } from '../../kernel/errors.ts';
import { addMember } from '../../kernel/tenants/tenancy.ts';
import { userById } from '../auth/module.ts';

const DAYS = 14;
const hash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Invitations that were not accepted yet. */
export const invitations = defineCollection({
  name: 'tenants.invitations',
  idPrefix: 'ivt',
  labels: { one: 'invitation', many: 'invitations' },
  fields: {
    email: z.email().transform((email) => email.toLowerCase()),
    role: z.enum(ROLES),
    secretHash: z.string(),
    expiresAt: z.iso.datetime(),
  },
  access: { read: 'admin', create: () => false, update: () => false, delete: 'admin' },
  secret: ['secretHash'],
  example: {
    email: 'ada@example.com',
    role: 'editor',
    secretHash: '',
    expiresAt: '2027-01-01T00:00:00.000Z',
  },
  api: 'read-only',
  warehouse: 'none',
});

export const addMemberByInvitation = defineEndpoint({
  name: 'tenants.members.add',
  summary: 'Invite somebody; the answer holds the link to send them',
  access: 'admin',
  status: 201,
  input: z.strictObject({
    email: z.email(),
    role: z.enum(ROLES).default('editor'),
    name: z.string().max(200).optional(),
  }),
  output: z.object({
    id: z.string(),
    email: z.string(),
    role: z.string(),
    inviteUrl: z.string(),
    expiresAt: z.string(),
  }),
  example: { email: 'grace@example.com', role: 'editor' },
  handle: async (ctx, { email, role }) => {
    if (!hasRole(ctx.caller, role)) throw new Problem('forbidden', 'You cannot give a role above your own.');
    const secret = randomBytes(24).toString('base64url');
    const expiresAt = new Date(ctx.ports.clock.now() + DAYS * 86_400_000).toISOString();
    const record = await ctx
      .asSystem(`invited by ${ctx.caller.id}`)
      .repo(invitations)
      .create({ email, role, secretHash: hash(secret), expiresAt });
    const token = `${ctx.tenantId}.${record.id}.${secret}`;
    return { ...record, inviteUrl: `${ctx.app.settings.publicUrl}/join?token=${token}` };
  },
});

export const acceptInvitation = defineEndpoint({
  name: 'tenants.invitations.accept',
  summary: 'Join the organisation that invited you',
  access: 'signed-in',
  limit: { points: 30, seconds: 60, by: 'principal' },
  input: z.strictObject({ token: z.string().max(300) }),
  output: z.object({ tenantId: z.string(), role: z.string() }),
  example: { token: 'ten_01JD0000000000000000000000.ivt_01JD0000000000000000000000.secret' },
  handle: async (ctx, { token }) => {
    const [tenantId = '', id = '', secret = ''] = token.split('.');
    const system = ctx.asPlatform('invitation');
    const invitation = /^ten_[0-9A-Z]{26}$/.test(tenantId)
      ? await system.tenant(tenantId).repo(invitations).get(id)
      : undefined;
    const user = ctx.principal.kind === 'user' ? await userById(system, ctx.principal.id) : undefined;
    const now = new Date(ctx.ports.clock.now()).toISOString();
    if (!invitation || !user || invitation.secretHash !== hash(secret) || invitation.expiresAt < now)
      throw notFound('This invitation');
    if (invitation.email !== user.email)
      throw new Problem('forbidden', 'This invitation is for another e-mail address.');
    await system.transaction(async (tenant) => {
      await addMember(tenant, tenantId, user, invitation.role);
      await tenant(tenantId).repo(invitations).delete(id);
    });
    return { tenantId, role: invitation.role };
  },
});

export const withdrawInvitation = defineEndpoint({
  name: 'tenants.invitations.withdraw',
  summary: 'Withdraw an invitation; its link stops working',
  access: 'admin',
  status: 204,
  input: z.strictObject({ id: z.string() }),
  output: z.undefined(),
  example: { id: 'ivt_01JD0000000000000000000000' },
  handle: async (ctx, { id }) => {
    await ctx.asSystem(`invitation withdrawn by ${ctx.caller.id}`).repo(invitations).delete(id);
    return undefined;
  },
});
