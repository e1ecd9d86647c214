import { z } from 'zod';
import type { Ports } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import type { FileChoice, FileFormat } from '../../kernel/ports/datasets.ts';
import { type Upload, uploads } from './datasets.collection.ts';

const MAX_BYTES = 16 * 2 ** 30;

export const uploadKey = (tenantId: string, uploadId: string): string =>
  `tenants/${tenantId}/datasets/${uploadId}`;

const choice = {
  /** Of a ZIP archive: the file to take; without it all that have the same columns. */
  entry: z.string().max(500).optional(),
  /** Of a workbook: the sheet to read; without it the first visible one. */
  sheet: z.string().max(100).optional(),
};

/** What lies under an upload's key, as its record tells it. */
export async function lookAt(
  ports: Pick<Ports, 'files' | 'datasets'>,
  key: string,
  format: FileFormat | undefined,
  wanted: FileChoice,
) {
  const file = await ports.files.local(key);
  const found = await ports.datasets.inspect(file.path, format, wanted).finally(() => file.release());
  const { columns, rows, warnings, entries, sheets } = found;
  const { entries: taken, ...layout } = found.layout;
  return {
    layout: { ...layout, ...(taken ? { entries: [...taken] } : {}) },
    rows,
    columns: columns.map(({ alternatives, samples, ...column }) => ({
      ...column,
      samples: [...samples],
      ...(alternatives ? { alternatives: [...alternatives] } : {}),
    })),
    warnings: [...warnings],
    ...(entries ? { entries: [...entries] } : {}),
    ...(sheets ? { sheets: [...sheets] } : {}),
  } satisfies Partial<Upload>;
}

export const upload = defineEndpoint({
  name: 'datasets.uploads.create',
  summary:
    'Send a file (the body) and learn what is in it: its columns, their types, and what has to be decided',
  access: 'editor',
  status: 201,
  body: 'stream',
  input: z.strictObject({
    /** Without it the first bytes decide, and in an archive the files' names; CSV in doubt. */
    format: z.enum(['csv', 'ndjson', 'json', 'xlsx', 'parquet']).optional(),
    fileName: z.string().max(300).optional(),
    ...choice,
  }),
  output: z.looseObject({ id: z.string() }),
  example: { format: 'csv' },
  handle: async (ctx, { format, fileName, ...wanted }) => {
    const id = ctx.app.ids.next('upl');
    const key = uploadKey(ctx.tenantId, id);
    const { bytes } = await ctx.ports.files.write(key, await ctx.body(), { maxBytes: MAX_BYTES });
    try {
      const found = await lookAt(ctx.ports, key, format, wanted);
      const record = { ...found, bytes, ...(fileName ? { fileName } : {}) };
      return { ...(await ctx.asSystem('upload').repo(uploads).create(record, { id })) };
    } catch (error) {
      await ctx.ports.files.delete(key);
      throw error;
    }
  },
});

export const choose = defineEndpoint({
  name: 'datasets.uploads.choose',
  summary: 'Look at another file of an archive that was sent, or at another sheet of a workbook',
  access: 'editor',
  input: z.strictObject({ id: z.string(), ...choice }),
  output: z.looseObject({ id: z.string() }),
  example: { id: 'upl_01JD0000000000000000000000' },
  handle: async (ctx, { id, ...wanted }) => {
    const { layout } = await ctx.repo(uploads).require(id);
    const key = uploadKey(ctx.tenantId, id);
    const found = await lookAt(ctx.ports, key, layout.format, wanted);
    return { ...(await ctx.asSystem(`chosen by ${ctx.caller.id}`).repo(uploads).patch(id, found)) };
  },
});
