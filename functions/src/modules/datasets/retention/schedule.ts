import type { SystemContext } from '../../../kernel/context.ts';
import { defineSchedule } from '../../../kernel/define.ts';
import { removeOldOf, tenantIds } from '../../../kernel/jobs/retention.ts';
import { datasets, loads, uploads } from '../datasets.collection.ts';
import { rules } from '../quality/rules.collection.ts';
import { uploadKey } from '../upload.ts';
import { expireParts } from './expire.ts';
import { sweep } from './sweep.ts';

/** Days in which a deleted dataset can be restored with everything in it. */
export const RESTORE_DAYS = 30;
/** Days that a file is kept which was sent and never loaded. */
const UPLOAD_DAYS = 7;
/** A scheduled function may run nine minutes. What is left is for the next time. */
const MAX_MS = 300_000;
const BUSY = ['queued', 'running'] as const;

export const upkeep = defineSchedule({
  name: 'datasets.retention',
  cron: '27 * * * *',
  handle: async (ctx) => {
    const until = performance.now() + MAX_MS;
    for await (const tenantId of tenantIds(ctx)) {
      if (performance.now() > until) return;
      // One tenant's trouble is not the others'.
      await cleanTenant(ctx, tenantId).catch((error: unknown) =>
        ctx.log.error({ err: error, tenantId }, 'the datasets of a tenant could not be cleaned'),
      );
    }
  },
});

async function cleanTenant(ctx: SystemContext, tenantId: string): Promise<void> {
  const expired = await expireParts(ctx, tenantId);
  const purged = await removeOldOf(ctx, tenantId, {
    collection: datasets,
    deleted: true,
    field: 'updatedAt',
    days: RESTORE_DAYS,
    release: (_tenantId, id) => releaseDataset(ctx, tenantId, id),
  });
  const forgotten = await removeOldOf(ctx, tenantId, {
    collection: uploads,
    field: 'createdAt',
    days: UPLOAD_DAYS,
    release: (_tenantId, id) => releaseUpload(ctx, tenantId, id),
  });
  const swept = await sweep(ctx, tenantId);
  if (expired + purged + forgotten + swept > 0)
    ctx.log.info({ tenantId, expired, purged, forgotten, swept }, 'old data of datasets was removed');
}

/** What was written about a dataset goes before it, so that nothing is left that nobody can name. */
async function releaseDataset(ctx: SystemContext, tenantId: string, id: string): Promise<boolean> {
  for (const collection of [loads, rules])
    await removeOldOf(ctx, tenantId, {
      collection,
      field: 'createdAt',
      days: 0,
      where: [['datasetId', '==', id]],
    });
  return true;
}

/** Not while a load waits for the file. */
async function releaseUpload(ctx: SystemContext, tenantId: string, id: string): Promise<boolean> {
  for (const state of BUSY) {
    const filters = [{ field: 'state', operator: 'eq', value: state }] as const;
    const { items } = await ctx.tenant(tenantId).repo(loads).list({ filters, limit: 200 });
    if (items.some(({ uploadId }) => uploadId === id)) return false;
  }
  await ctx.ports.files.delete(uploadKey(tenantId, id));
  return true;
}
