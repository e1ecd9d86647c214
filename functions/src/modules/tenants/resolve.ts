import type { Caller } from '../../kernel/access.ts';
import { type App, PLATFORM_TENANT, type PublicContext } from '../../kernel/context.ts';
import { createExpiringCache } from '../../kernel/expiring-cache.ts';
import { oncePer } from '../../kernel/once-per.ts';
import type { TenantResolver } from '../../kernel/requests/identity.ts';
import { tenantMembers, tenantsOf } from '../../kernel/tenants/tenancy.ts';

type Place = { readonly tenantId: string; readonly caller: Caller } | undefined;

/** How long a removed member or a changed role may still be believed. */
const BELIEVE_MS = 5_000;
const cacheOf = oncePer(({ ports }: App) => createExpiringCache<Place>(() => ports.clock.now(), BELIEVE_MS));

export const tenantResolver: TenantResolver = {
  resolve: (ctx, principal, asked) =>
    cacheOf(ctx.app).get(`${principal.id} ${asked.tenantId ?? ''}`, async (): Promise<Place> => {
      const { bound } = principal;
      if (bound) {
        if (asked.tenantId && asked.tenantId !== bound.tenantId) return undefined;
        const { tenantId, role, permissions } = bound;
        return {
          tenantId,
          caller: { kind: 'api_key', id: principal.id, role, ...(permissions ? { permissions } : {}) },
        };
      }
      return memberPlace(ctx, principal.id, asked.tenantId);
    }),
};

async function memberPlace(ctx: PublicContext, userId: string, asked: string | undefined): Promise<Place> {
  const system = ctx.asPlatform('membership');
  for (const tenantId of asked ? [asked] : await tenantsOf(system, userId)) {
    if (tenantId === PLATFORM_TENANT || !/^ten_[0-9A-Z]{26}$/.test(tenantId)) continue;
    const member = await system.tenant(tenantId).repo(tenantMembers).get(userId);
    if (member) return { tenantId, caller: { kind: 'user', id: userId, role: member.role } };
  }
  return undefined;
}
