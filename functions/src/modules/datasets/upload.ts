import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { uploads } from './datasets.collection.ts';

const MAX_BYTES = 16 * 2 ** 30;

export const uploadKey = (tenantId: string, uploadId: string): string =>
  `tenants/${tenantId}/datasets/${uploadId}`;

export const upload = defineEndpoint({
  name: 'datasets.uploads.create',
  summary:
    'Send a file (the body) and learn what is in it: its columns, their types, and what has to be decided',
  access: 'editor',
  status: 201,
  body: 'stream',
  input: z.strictObject({
    format: z.enum(['csv', 'ndjson', 'json', 'xlsx', 'parquet']).default('csv'),
    fileName: z.string().max(300).optional(),
  }),
  output: z.looseObject({ id: z.string() }),
  example: { format: 'csv' },
  handle: async (ctx, { format, fileName }) => {
    const id = ctx.app.ids.next('upl');
    const key = uploadKey(ctx.tenantId, id);
    const { bytes } = await ctx.ports.files.write(key, await ctx.body(), { maxBytes: MAX_BYTES });
    try {
      const file = await ctx.ports.files.local(key);
      const found = await ctx.ports.datasets.inspect(file.path, format).finally(() => file.release());
      const { layout, columns, rows, warnings } = found;
      const record = {
        layout,
        bytes,
        rows,
        columns: [...columns],
        warnings: [...warnings],
        ...(fileName ? { fileName } : {}),
      };
      return { ...(await ctx.asSystem('upload').repo(uploads).create(record, { id })) };
    } catch (error) {
      await ctx.ports.files.delete(key);
      throw error;
    }
  },
});
