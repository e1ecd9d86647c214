import { Readable } from 'node:stream';
import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { enqueue } from '../../kernel/jobs/jobs.ts';
import { type Dataset, datasets, loads, uploads } from './datasets.collection.ts';
import { loading } from './load.ts';
import { uploadKey } from './upload.ts';

const corrected = z.strictObject({
  /** The row's place in the quarantine. */
  at: z.int().min(0),
  /** Texts by the file's names of the columns, written as the dataset reads them; absent is empty. */
  values: z.record(z.string(), z.string().max(100_000)),
});

export const reload = defineEndpoint({
  name: 'datasets.loads.reload',
  summary: 'Load rows that were set aside again, corrected; each of them once',
  access: 'editor',
  status: 202,
  input: z.strictObject({
    id: z.string(),
    rows: z
      .array(corrected)
      .min(1)
      .max(500)
      .refine((rows) => new Set(rows.map(({ at }) => at)).size === rows.length, 'A row is there twice.'),
  }),
  output: z.looseObject({ id: z.string(), state: z.string() }),
  example: { id: 'lod_01JD0000000000000000000000', rows: [{ at: 0, values: { Total: '7,50' } }] },
  handle: async (ctx, { id, rows }) => {
    const { datasetId, fileName, quarantined = 0 } = await ctx.repo(loads).require(id);
    const dataset = await ctx.repo(datasets).require(datasetId);
    refuseUnknown(dataset, rows);
    const places = rows.map(({ at }) => at);
    if (!dataset.parts.some(({ name }) => name === id) || places.some((at) => at >= quarantined))
      throw new Problem('conflict', 'These rows are no longer set aside.');
    const uploadId = ctx.app.ids.next('upl');
    const key = uploadKey(ctx.tenantId, uploadId);
    const lines = rows.map(({ values }) => `${JSON.stringify(values)}\n`);
    const { bytes } = await ctx.ports.files.write(key, Readable.from(lines));
    const named = fileName ? { fileName } : {};
    const columns = dataset.columns.map((column) => ({ ...column, samples: [], empty: 0 }));
    try {
      return await ctx.asSystem(`reload by ${ctx.caller.id}`).transaction(async (transaction) => {
        const repo = transaction.repo(loads);
        const { mended = [] } = await repo.require(id);
        if (places.some((at) => mended.includes(at)))
          throw new Problem('conflict', 'Some of these rows were loaded again already.');
        await repo.patch(id, { mended: [...mended, ...places] });
        await transaction
          .repo(uploads)
          .create(
            { layout: { format: 'ndjson' }, bytes, rows: rows.length, columns, warnings: [], ...named },
            { id: uploadId },
          );
        const mends = { loadId: id, places };
        const queued = { mode: 'append', state: 'queued', progress: 0 } as const;
        const load = await repo.create({ datasetId, uploadId, mends, ...queued, ...named });
        await enqueue(transaction, loading, { loadId: load.id }, { key: load.id });
        return { ...load };
      });
    } catch (error) {
      await ctx.ports.files.delete(key);
      throw error;
    }
  },
});

function refuseUnknown(
  { columns }: Dataset,
  rows: readonly { readonly values: Readonly<Record<string, string>> }[],
): void {
  const known = new Set(columns.map(({ source }) => source));
  const errors = rows.flatMap(({ values }, index) =>
    Object.keys(values)
      .filter((source) => !known.has(source))
      .map((source) => ({
        path: `rows.${index}.values`,
        message: `The dataset has no column ${source}.`,
        code: 'unknown_column',
      })),
  );
  if (errors.length > 0)
    throw new Problem('invalid', 'The rows have columns the dataset does not have.', { errors });
}
