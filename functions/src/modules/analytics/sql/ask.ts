import { z } from 'zod';
import type { TenantContext } from '../../../kernel/context.ts';
import { defineEndpoint } from '../../../kernel/define.ts';
import { Problem } from '../../../kernel/errors.ts';
import { prepared } from '../answers.ts';
import { askableTables } from './tables.ts';

const MAX_LENGTH = 50_000;
const MAX_ROWS = 10_000;
const MAX_BYTES = 8_000_000;
const MAX_MS = 20_000;

export const sqlText = z.string().trim().min(1).max(MAX_LENGTH);

const answer = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.record(z.string(), z.unknown())),
  truncated: z.boolean(),
  sql: z.string(),
  engine: z.string(),
  elapsedMs: z.number(),
});

interface Question {
  readonly sql: string;
  /** Rows; 10,000 unless it says fewer. */
  readonly limit?: number;
  readonly timeoutMs?: number;
}

/** Answers one query over the tables that the caller may ask. It stops when the caller goes away. */
export async function askSql(
  ctx: TenantContext,
  { sql, limit = MAX_ROWS, timeoutMs = MAX_MS }: Question,
): Promise<z.output<typeof answer>> {
  const { warehouse } = ctx.ports;
  await prepared(ctx.app);
  const signal = ctx.signal();
  const question = { sql, tables: await askableTables(ctx), asker: `${ctx.tenantId} ${ctx.caller.id}` };
  const limits = { timeoutMs, maxRows: limit, maxBytes: MAX_BYTES, signal };
  const { elapsedMs, ...found } = await warehouse.ask(question, limits).catch((error: unknown) => {
    // That nobody waits any more is nothing to be recorded.
    throw signal.aborted ? new Problem('invalid', 'The query was given up.', { cause: error }) : error;
  });
  return {
    columns: [...found.columns],
    rows: [...found.rows],
    truncated: found.truncated,
    sql: found.sql,
    engine: warehouse.engine,
    elapsedMs: Math.round(elapsedMs * 10) / 10,
  };
}

export const sql = defineEndpoint({
  name: 'analytics.sql',
  summary: 'Answers one GoogleSQL query over the tables that you may ask.',
  access: 'editor',
  input: z.strictObject({
    sql: sqlText,
    limit: z.int().min(1).max(MAX_ROWS).default(1_000),
    /** After so many milliseconds the query is given up. */
    timeoutMs: z.int().min(100).max(MAX_MS).default(MAX_MS),
  }),
  output: answer,
  example: { sql: 'SELECT collection, COUNT(*) AS changes FROM changes GROUP BY collection' },
  handle: askSql,
});
