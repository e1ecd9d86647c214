import { z } from 'zod';
import { defineEndpoint } from '../../../kernel/define.ts';
import { askableTables, TABLE_KINDS } from './tables.ts';

export const tables = defineEndpoint({
  name: 'analytics.tables',
  method: 'GET',
  summary: 'Lists the tables that you may ask in SQL.',
  access: 'editor',
  input: z.strictObject({}),
  output: z.object({
    items: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        kind: z.enum(TABLE_KINDS),
        columns: z.array(z.object({ name: z.string(), type: z.string() })),
      }),
    ),
  }),
  example: {},
  handle: async (ctx) => ({
    items: (await askableTables(ctx)).map(({ name, label, kind, columns }) => ({
      name,
      label,
      kind,
      columns: [...columns],
    })),
  }),
});
