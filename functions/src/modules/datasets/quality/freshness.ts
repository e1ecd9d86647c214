import type { SystemContext } from '../../../kernel/context.ts';
import { defineSchedule } from '../../../kernel/define.ts';
import { tenantIds } from '../../../kernel/jobs/retention.ts';
import { datasets } from '../datasets.collection.ts';
import { checkNow } from './check.ts';
import { compareFreshness } from './measures.ts';
import { MAX_RULES, type Rule, rules } from './rules.collection.ts';

/** Time passes without a load: this looks whether too much of it has. */
export const freshness = defineSchedule({
  name: 'datasets.freshness',
  cron: '*/10 * * * *',
  handle: async (ctx) => {
    for await (const tenantId of tenantIds(ctx)) await checkTenant(ctx, tenantId);
  },
});

async function checkTenant(ctx: SystemContext, tenantId: string): Promise<void> {
  const scope = ctx.tenant(tenantId);
  const filters = [{ field: 'kind', operator: 'eq', value: 'freshness' }] as const;
  for (let after: readonly unknown[] | undefined; ; ) {
    const { items, nextCursor } = await scope.repo(rules).list({ filters, limit: MAX_RULES, after });
    for (const rule of items) if (rule.enabled) await checkRule(ctx, tenantId, rule);
    const last = items.at(-1);
    if (!nextCursor || !last) return;
    after = [last.createdAt, last.id];
  }
}

/** Only what has changed is written down: that nothing was loaded is no news each time. */
async function checkRule(ctx: SystemContext, tenantId: string, rule: Rule): Promise<void> {
  const scope = ctx.tenant(tenantId);
  const dataset = await scope.repo(datasets).get(rule.datasetId);
  if (!dataset) return;
  const { state } = compareFreshness(rule, dataset, ctx.ports.clock.now());
  if (state !== rule.state) await checkNow(scope, ctx.ports, dataset, [rule]);
}
