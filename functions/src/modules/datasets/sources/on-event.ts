import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Change } from '../../../kernel/changes/change.ts';
import type { Scope } from '../../../kernel/context.ts';
import { defineSubscriber } from '../../../kernel/define.ts';
import { Problem } from '../../../kernel/errors.ts';
import { inParallel } from '../../../kernel/in-parallel.ts';
import { defineJob, enqueue, JobDelay } from '../../../kernel/jobs/jobs.ts';
import { sourceEvents } from './events.collection.ts';
import type { SourceRecord } from './kind.ts';
import { begin } from './run.ts';
import { type Source, sources } from './sources.collection.ts';
import { isWaiting } from './webhook.ts';
import { rowOf } from './webhook-row.ts';

/** Events of one source that are put by at once. */
const PARALLEL = 8;
/** Events of so many seconds are loaded together. */
const BATCH_SECONDS = 5;

/** Puts events of inbound webhooks by for the sources that want them, and sees to it that they are loaded soon. */
export const onEvent = defineSubscriber({
  name: 'datasets.on-hook-event',
  on: ['hooks.events.created'],
  handle: async (ctx, changes) => {
    for (const [tenantId, own] of Map.groupBy(changes, (change) => change.tenantId)) {
      const scope = ctx.tenant(tenantId);
      for (const source of await streaming(scope)) {
        const wanted = own.filter(({ patch }) => isWanted(source, patch));
        await inParallel(wanted, PARALLEL, (change) => putBy(scope, source.id, change));
        if (wanted.length > 0) await loadSoon(scope, source.id, ctx.ports.clock.now());
      }
    }
  },
});

/** Sources that events go into. */
export async function streaming(scope: Scope): Promise<readonly Source[]> {
  const filters = [{ field: 'kind', operator: 'eq', value: 'webhook' }] as const;
  return (await scope.repo(sources).list({ filters, limit: 200 })).items;
}

const isWanted = ({ config }: Source, patch: Change['patch']): boolean =>
  config.kind === 'webhook' &&
  patch.endpointId === config.endpointId &&
  (!config.types || config.types.includes(String(patch.type)));

/** Once a source and event, however often the event is announced. */
async function putBy(scope: Scope, sourceId: string, { recordId, patch, at }: Change): Promise<void> {
  const digest = createHash('sha256').update(`${sourceId} ${recordId}`).digest('hex');
  const data = (patch.data ?? {}) as SourceRecord;
  const row = JSON.stringify(rowOf({ id: recordId, type: String(patch.type), at, data }));
  await scope
    .repo(sourceEvents)
    .create({ sourceId, batch: 0, row }, { id: `sev_${digest.slice(0, 26).toUpperCase()}` })
    .catch((error: unknown) => {
      if (!(error instanceof Problem && error.code === 'already_exists')) throw error;
    });
}

/** One job for all events of some seconds. */
export async function loadSoon(scope: Scope, sourceId: string, now: number): Promise<void> {
  const slot = Math.floor(now / (BATCH_SECONDS * 1_000)) + 1;
  const dueAt = new Date(slot * BATCH_SECONDS * 1_000).toISOString();
  await enqueue(scope, streamingIn, { sourceId }, { dueAt, key: `${sourceId} ${slot}` });
}

/** Begins a run when events wait. */
export const streamingIn = defineJob({
  kind: 'datasets.source-stream',
  input: z.strictObject({ sourceId: z.string() }),
  retry: { attempts: 5, backoff: { base: 5, max: 60 } },
  handle: async ({ app, scope }, { sourceId }) => {
    if (!(await isWaiting(scope, sourceId))) return;
    const begun = await scope.transaction(async (transaction) => {
      const source = await transaction.repo(sources).get(sourceId);
      // While it is paused, events wait.
      if (!source?.active || source.datasetId === undefined) return true;
      return (await begin(app, transaction, sourceId)).begun;
    });
    if (!begun) throw new JobDelay(BATCH_SECONDS, 'A run is on its way; what came since goes with the next.');
  },
});
