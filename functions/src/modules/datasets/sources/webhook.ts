import { z } from 'zod';
import { hasRole, permits } from '../../../kernel/access.ts';
import type { Scope } from '../../../kernel/context.ts';
import { JobAbandoned } from '../../../kernel/jobs/jobs.ts';
import { recentEvents } from '../../hooks/module.ts';
import { type SourceEvent, sourceEvents } from './events.collection.ts';
import { type Cursor, defineSourceKind, type SourceRecord, SourceRefused } from './kind.ts';
import { rowOf } from './webhook-row.ts';

/** Events of one commit; each is two writes, and Firestore takes 500. */
const CLAIMED = 200;
/** Events of one run. What is left goes with the next. */
const MOST = 5_000;

/** Events that an inbound webhook's deliveries are mapped to, as they come in. */
export const webhook = defineSourceKind({
  config: z.strictObject({
    kind: z.literal('webhook'),
    /** An endpoint of `hooks.endpoints` whose mapping makes events. */
    endpointId: z.string().min(1).max(60),
    /** Only events of these types. */
    types: z.array(z.string().min(1).max(120)).min(1).max(50).optional(),
  }),
  secrets: [],
  // Events are for administrators, as long as nobody of them has put them into a dataset.
  mayUse: (caller) => hasRole(caller, 'admin') && permits(caller, 'hooks.events.read'),
  audience: () => '',
  fetch: async ({ scope, sourceId, preview }, { endpointId, types }, cursor) => {
    if (preview || sourceId === undefined) return latest(scope, endpointId, types);
    const batch = Number(cursor.batch ?? 0) + 1;
    await claim(scope, sourceId, batch);
    const first = await page(scope, sourceId, batch, undefined);
    if (first.items.length === 0) return { unchanged: true };
    return { records: rowsOf(scope, sourceId, batch, first), next: () => ({ batch }) };
  },
});

async function latest(scope: Scope, endpointId: string, types: readonly string[] | undefined) {
  const events = await recentEvents(scope, endpointId);
  const wanted = events.filter(({ type }) => !types || types.includes(type));
  if (wanted.length === 0)
    throw new SourceRefused('No event of this endpoint has come in yet. Send one, and look again.');
  async function* records(): AsyncGenerator<readonly SourceRecord[]> {
    yield wanted.map((event) => rowOf({ ...event, at: event.createdAt }));
  }
  return { records: records(), next: (): Cursor => ({}) };
}

/**
 * Gives waiting events to a batch. The batch after the one that was loaded last is open: a run that fails leaves its
 * events in it, and the next run takes them with it.
 */
async function claim(scope: Scope, sourceId: string, batch: number): Promise<void> {
  // Imported here, since the collection of sources is made of its kinds.
  const { sources } = await import('./sources.collection.ts');
  for (let claimed = 0; claimed < MOST; claimed += CLAIMED) {
    const left = await scope.transaction(async (transaction) => {
      const source = await transaction.repo(sources).get(sourceId);
      if (Number(source?.cursor?.batch ?? 0) !== batch - 1)
        throw new JobAbandoned('Another run has loaded this batch.');
      const repo = transaction.repo(sourceEvents);
      const { items, nextCursor } = await repo.list({ ...inBatch(sourceId, 0), limit: CLAIMED });
      for (const { id } of items) await repo.patch(id, { batch });
      return nextCursor;
    });
    if (!left) return;
  }
}

const inBatch = (sourceId: string, batch: number) => ({
  filters: [
    { field: 'sourceId', operator: 'eq' as const, value: sourceId },
    { field: 'batch', operator: 'eq' as const, value: batch },
  ],
  sort: [{ field: 'createdAt', direction: 'asc' as const }],
});

const page = (scope: Scope, sourceId: string, batch: number, after: readonly unknown[] | undefined) =>
  scope.repo(sourceEvents).list({ ...inBatch(sourceId, batch), limit: CLAIMED, after });

async function* rowsOf(
  scope: Scope,
  sourceId: string,
  batch: number,
  first: Awaited<ReturnType<typeof page>>,
): AsyncGenerator<readonly SourceRecord[]> {
  for (let { items, nextCursor } = first; ; ) {
    yield items.map(({ row }: SourceEvent) => JSON.parse(row) as SourceRecord);
    const last = items.at(-1);
    if (!nextCursor || !last) return;
    ({ items, nextCursor } = await page(scope, sourceId, batch, [last.createdAt, last.id]));
  }
}

/** Whether events wait for a run. */
export async function isWaiting(scope: Scope, sourceId: string): Promise<boolean> {
  return (await scope.repo(sourceEvents).list({ ...inBatch(sourceId, 0), limit: 1 })).items.length > 0;
}
