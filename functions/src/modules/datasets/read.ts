import { z } from 'zod';
import { hasRole } from '../../kernel/access.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { PLACE } from '../../kernel/ports/datasets.ts';
import { type Dataset, datasets, loads } from './datasets.collection.ts';
import { profilesOf } from './profile.ts';
import { dialectOf, numberedOf } from './sql.ts';

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const page = {
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};
const example = { id: 'dat_01JD0000000000000000000000' };
const TIMEOUT_MS = 20_000;

/** The columns the caller may see: those that say something of a person are for editors. */
export const visible = (ctx: TenantContext, { columns }: Dataset) =>
  columns.filter(({ pii }) => !pii || hasRole(ctx.caller, 'editor'));

export const rows = defineEndpoint({
  name: 'datasets.datasets.rows',
  method: 'GET',
  summary: 'Read rows of a dataset, a page at a time',
  access: 'viewer',
  input: z.strictObject({ id: z.string(), ...page }),
  output: z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.record(z.string(), cell)),
  }),
  example,
  handle: async (ctx, { id, offset, limit }) => {
    const dataset = await ctx.repo(datasets).require(id);
    const columns = visible(ctx, dataset).map(({ name, type }) => ({ name, type }));
    if (dataset.parts.length === 0 || columns.length === 0) return { columns, rows: [] };
    const names = columns.map(({ name }) => dialectOf(ctx.ports).quote(name)).join(', ');
    const sql = `SELECT ${names} FROM ${numberedOf(ctx.ports, ctx.tenantId, dataset)} ORDER BY ${PLACE} LIMIT ${limit} OFFSET ${offset}`;
    const answer = await ctx.ports.warehouse.query(sql, [], { timeoutMs: TIMEOUT_MS, maxRows: 200 });
    return { columns, rows: answer.rows as Record<string, string | number | boolean | null>[] };
  },
});

const profiled = z.object({
  name: z.string(),
  type: z.string(),
  filled: z.int(),
  empty: z.int(),
  /** An estimate beyond a million rows. */
  distinct: z.int(),
  min: z.string().nullable(),
  max: z.string().nullable(),
  mean: z.number().nullable(),
  deviation: z.number().nullable(),
  /** At a quarter, half and three quarters of the values. */
  quartiles: z.array(z.number()),
  /** Values beyond one and a half times the distance between the outer quartiles (Tukey's fences). */
  outliers: z.int(),
  /** The most frequent values; an estimate. */
  top: z.array(z.string()),
});

export const profile = defineEndpoint({
  name: 'datasets.datasets.profile',
  method: 'GET',
  summary: 'Learn how the values of each column are spread: empty, distinct, extreme, frequent, outlying',
  access: 'viewer',
  input: z.strictObject({ id: z.string() }),
  output: z.object({ rows: z.int(), columns: z.array(profiled) }),
  example,
  handle: async (ctx, { id }) => {
    const dataset = await ctx.repo(datasets).require(id);
    const columns = visible(ctx, dataset);
    if (dataset.parts.length === 0 || columns.length === 0) return { rows: 0, columns: [] };
    return { rows: dataset.rows, columns: await profilesOf(ctx.ports, ctx.tenantId, dataset, columns) };
  },
});

export const quarantine = defineEndpoint({
  name: 'datasets.loads.quarantine',
  method: 'GET',
  summary: 'See the rows of a load that could not be read, as they stand in the file, and why',
  access: 'editor',
  input: z.strictObject({ id: z.string(), ...page }),
  output: z.object({
    rows: z.array(
      z.object({
        /** Its place in the quarantine, from 0. */
        at: z.int(),
        /** Whether it was corrected and loaded again. */
        mended: z.boolean(),
        line: z.int().optional(),
        /** The file of the archive it stands in, where several were loaded. */
        entry: z.string().optional(),
        text: z.string(),
        errors: z.array(z.object({ column: z.string().optional(), message: z.string() })),
      }),
    ),
  }),
  example: { id: 'lod_01JD0000000000000000000000' },
  handle: async (ctx, { id, offset, limit }) => {
    const { datasetId, mended = [] } = await ctx.repo(loads).require(id);
    const { parts } = await ctx.repo(datasets).require(datasetId);
    // What was replaced is gone, and its quarantine with it.
    if (!parts.some(({ name }) => name === id)) return { rows: [] };
    const place = { tenantId: ctx.tenantId, datasetId, part: id };
    const found = await ctx.ports.datasets.quarantine(place, { offset, limit });
    const again = new Set(mended);
    return {
      rows: found.map(({ errors, ...row }, index) => {
        const at = offset + index;
        return { ...row, at, mended: again.has(at), errors: [...errors] };
      }),
    };
  },
});
