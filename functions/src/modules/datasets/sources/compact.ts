import { z } from 'zod';
import type { JobScope, TransactionScope } from '../../../kernel/context.ts';
import { defineJob, enqueue, JobAbandoned } from '../../../kernel/jobs/jobs.ts';
import { type Dataset, datasets, type Part, tagOf } from '../datasets.collection.ts';
import { uploadKey } from '../upload.ts';

/** So many parts are read no slower than one; a source that is read every minute makes more in an hour. */
const ENOUGH = 50;
/** Fewer are not worth it. */
const LEAST = 20;
/** Parts of this size stay as they are, so that no row is written over and over. */
const MAX_BYTES = 64 * 2 ** 20;

/** Makes one part of many small ones that lie side by side; with a key only the newest row of each is kept. */
export const compacting = defineJob({
  kind: 'datasets.compact',
  input: z.strictObject({ datasetId: z.string(), after: z.string() }),
  retry: { attempts: 3, backoff: { base: 30, max: 600 } },
  timeoutSeconds: 400,
  concurrency: { limit: 1, lane: () => 'files' },
  handle: async (ctx, { datasetId }) => {
    const dataset = await ctx.scope.repo(datasets).get(datasetId);
    const small = dataset && mergeable(dataset);
    if (!dataset || !small) return { merged: 0 };
    const part = await merge(ctx, dataset, small);
    await swap(ctx, datasetId, small, part);
    for (const { name } of small)
      await ctx.ports.datasets.remove({ tenantId: ctx.scope.tenantId, datasetId, part: name });
    return { merged: small.length, rows: part.rows };
  },
});

/** Has the parts of a dataset put together when a run has made one too many. */
export async function compactSoon(
  transaction: TransactionScope,
  { id, parts }: Dataset,
  loadId: string,
): Promise<void> {
  if (parts.length <= ENOUGH) return;
  await enqueue(transaction, compacting, { datasetId: id, after: loadId }, { key: `${id} ${loadId}` });
}

/** The longest row of neighbours that may become one; undefined when it is short. */
export function mergeable({ parts, retention, columnsAt }: Dataset): readonly Part[] | undefined {
  let longest: readonly Part[] = [];
  let row: Part[] = [];
  for (const part of parts) {
    // What was loaded when the columns were others holds values that may be wanted when they are so again.
    const fits = isSmall(part) && part.at !== undefined && part.at >= (columnsAt ?? '');
    // Where parts expire, those of a day expire together.
    const belongs = !retention || row.every(({ at }) => at?.slice(0, 10) === part.at?.slice(0, 10));
    row = fits ? (belongs ? [...row, part] : [part]) : [];
    if (row.length > longest.length) longest = row;
  }
  return longest.length < LEAST ? undefined : longest;
}

/** A part with rows that were set aside, or that mends another's, can still be asked for by its name. */
const isSmall = ({ bytes, quarantined, mends }: Part): boolean =>
  bytes < MAX_BYTES && quarantined === 0 && !mends;

async function merge(
  { app, ports, scope, signal }: JobScope,
  dataset: Dataset,
  small: readonly Part[],
): Promise<Part> {
  const { tenantId } = scope;
  const { id: datasetId, columns, key } = dataset;
  const name = app.ids.next('prt');
  const file = uploadKey(tenantId, name);
  const parts = small.map((part) => part.name);
  const request = {
    tenantId,
    datasetId,
    parts,
    columns,
    format: 'parquet' as const,
    ...(key ? { key } : {}),
  };
  try {
    await ports.files.write(file, await ports.datasets.export(request, { signal }));
    const local = await ports.files.local(file);
    // They are named in the file as SQL names them, and are read as they are: JSON is a text by now.
    const plain = columns.map(({ name: column, type }) => {
      return { source: column, name: column, type: type === 'json' ? ('string' as const) : type };
    });
    const loaded = { file: local.path, layout: { format: 'parquet' as const }, columns: plain };
    const outcome = await ports.datasets
      .load({ ...loaded, tenantId, datasetId, part: name }, { signal })
      .finally(() => local.release());
    const newest = small.at(-1)?.at;
    return { name, ...outcome, ...(newest ? { at: newest } : {}) };
  } finally {
    await ports.files.delete(file);
  }
}

/** Puts the part in the place of those it was made of, if they still lie there side by side. */
const swap = ({ scope }: JobScope, datasetId: string, small: readonly Part[], made: Part): Promise<void> =>
  scope.transaction(async (transaction) => {
    const repo = transaction.repo(datasets);
    const { parts, shown } = await repo.require(datasetId);
    const start = parts.findIndex(({ name }) => name === small[0]?.name);
    const same = small.every(({ name }, index) => {
      const part = parts[start + index];
      return part?.name === name && part.quarantined === 0;
    });
    if (start < 0 || !same) throw new JobAbandoned('The parts have changed meanwhile.');
    const next = parts.toSpliced(start, small.length, made);
    // The same rows are shown.
    const counted = shown?.of === tagOf(parts) ? { shown: { rows: shown.rows, of: tagOf(next) } } : {};
    await repo.patch(datasetId, { parts: next, ...counted });
  });
