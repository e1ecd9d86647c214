import type { TenantContext } from '../../kernel/context.ts';
import { tenantNodes } from '../../kernel/tenants/tenancy.ts';

/**
 * The currency to show amounts in: the tenant's own when it has amounts in it, else the one it uses most.
 * @param used from `currenciesOf`, most used first
 */
export async function preferredCurrency(ctx: TenantContext, used: readonly string[]): Promise<string | null> {
  if (used.length <= 1) return used[0] ?? null;
  const node = await ctx.asPlatform('currency of figures').platform.repo(tenantNodes).get(ctx.tenantId);
  return (node && used.includes(node.currency) ? node.currency : used[0]) ?? null;
}
