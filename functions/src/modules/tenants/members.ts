import { z } from 'zod';
import { hasRole, ROLES } from '../../kernel/access.ts';
import type { TransactionScope } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { removeMember, tenantMembers } from '../../kernel/tenants/tenancy.ts';

async function refuseLastOwner(scope: TransactionScope, id: string): Promise<void> {
  const owners = await scope
    .repo(tenantMembers)
    .list({ filters: [{ field: 'role', operator: 'eq', value: 'owner' }], limit: 2 });
  if (owners.items.length === 1 && owners.items[0]?.id === id)
    throw new Problem('conflict', 'An organisation keeps at least one owner.');
}

export const removeMemberEndpoint = defineEndpoint({
  name: 'tenants.members.remove',
  summary: 'Remove a member; removing one who is not there changes nothing',
  access: 'admin',
  status: 204,
  input: z.strictObject({ id: z.string() }),
  output: z.undefined(),
  example: { id: 'usr_01JD0000000000000000000000' },
  handle: async (ctx, { id }) => {
    await ctx.asPlatform(`member removed by ${ctx.caller.id}`).transaction(async (tenant) => {
      const scope = tenant(ctx.tenantId);
      const member = await scope.repo(tenantMembers).get(id);
      if (member && !hasRole(ctx.caller, member.role))
        throw new Problem('forbidden', 'You cannot remove somebody above your role.');
      await refuseLastOwner(scope, id);
      await removeMember(tenant, ctx.tenantId, id);
    });
    return undefined;
  },
});

export const setRole = defineEndpoint({
  name: 'tenants.members.set-role',
  summary: 'Change the role of a member',
  access: 'admin',
  input: z.strictObject({ id: z.string(), role: z.enum(ROLES) }),
  output: z.object({ id: z.string(), role: z.string() }),
  example: { id: 'usr_01JD0000000000000000000000', role: 'viewer' },
  handle: (ctx, { id, role }) =>
    ctx.asSystem(`role set by ${ctx.caller.id}`).transaction(async (scope) => {
      const member = await scope.repo(tenantMembers).require(id);
      if (!hasRole(ctx.caller, member.role) || !hasRole(ctx.caller, role))
        throw new Problem('forbidden', 'You cannot change roles above your own.');
      if (member.role === 'owner' && role !== 'owner') await refuseLastOwner(scope, id);
      return scope.repo(tenantMembers).patch(id, { role });
    }),
});
