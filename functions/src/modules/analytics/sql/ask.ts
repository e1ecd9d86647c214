import { z } from 'zod';
import { defineEndpoint } from '../../../kernel/define.ts';
import { prepared } from '../answers.ts';
import { askableTables } from './tables.ts';

const MAX_LENGTH = 50_000;
const MAX_ROWS = 10_000;
const MAX_BYTES = 8_000_000;
const MAX_MS = 20_000;

export const sql = defineEndpoint({
  name: 'analytics.sql',
  summary: 'Answers one GoogleSQL query over the tables that you may ask.',
  access: 'editor',
  input: z.strictObject({
    sql: z.string().trim().min(1).max(MAX_LENGTH),
    limit: z.int().min(1).max(MAX_ROWS).default(1_000),
    /** After so many milliseconds the query is given up. */
    timeoutMs: z.int().min(100).max(MAX_MS).default(MAX_MS),
  }),
  output: z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.record(z.string(), z.unknown())),
    truncated: z.boolean(),
    sql: z.string(),
    engine: z.string(),
    elapsedMs: z.number(),
  }),
  example: { sql: 'SELECT collection, COUNT(*) AS changes FROM changes GROUP BY collection' },
  handle: async (ctx, input) => {
    const { warehouse } = ctx.ports;
    await prepared(ctx.app);
    const { elapsedMs, ...answer } = await warehouse.ask(
      { sql: input.sql, tables: await askableTables(ctx), asker: `${ctx.tenantId} ${ctx.caller.id}` },
      { timeoutMs: input.timeoutMs, maxRows: input.limit, maxBytes: MAX_BYTES, signal: ctx.signal() },
    );
    return {
      columns: [...answer.columns],
      rows: [...answer.rows],
      truncated: answer.truncated,
      sql: answer.sql,
      engine: warehouse.engine,
      elapsedMs: Math.round(elapsedMs * 10) / 10,
    };
  },
});
