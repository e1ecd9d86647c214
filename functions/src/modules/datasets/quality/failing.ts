import { z } from 'zod';
import type { TenantContext } from '../../../kernel/context.ts';
import { defineEndpoint } from '../../../kernel/define.ts';
import { Problem } from '../../../kernel/errors.ts';
import { type Dataset, datasets, loads } from '../datasets.collection.ts';
import { visible } from '../read.ts';
import { subjectOf } from './check.ts';
import { partsBeside } from './check-load.ts';
import { breaks } from './conditions.ts';
import { allRows, type Subject, targetOf, writingOf } from './evaluate.ts';
import { type Rule, rules } from './rules.collection.ts';

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const TIMEOUT_MS = 20_000;

export const failing = defineEndpoint({
  name: 'datasets.rules.failing',
  method: 'GET',
  summary: 'See some of the rows that break a rule, of a load that was kept out for it too',
  access: 'viewer',
  input: z.strictObject({ id: z.string(), limit: z.coerce.number().int().min(1).max(100).default(20) }),
  output: z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.record(z.string(), cell)),
  }),
  example: { id: 'rul_01JD0000000000000000000000' },
  handle: async (ctx, { id, limit }) => {
    const rule = await ctx.asSystem('look at a rule').repo(rules).require(id);
    const dataset = await ctx.repo(datasets).require(rule.datasetId);
    const columns = visible(ctx, dataset).map(({ name, type }) => ({ name, type }));
    const subject = await lookedAt(ctx, rule, dataset);
    if (!subject.newest || columns.length === 0) return { columns, rows: [] };
    const { values, ...writing } = writingOf(subject);
    const condition = breaks(rule, writing, await targetOf(subject, rule));
    if (condition === undefined) return { columns, rows: [] };
    const { quote } = writing.dialect;
    const names = columns.map(({ name }) => quote(name)).join(', ');
    const order = rule.kind === 'unique' ? ` ORDER BY ${(rule.columns ?? []).map(quote).join(', ')}` : '';
    const sql = `SELECT ${names} FROM (SELECT *, ${condition} AS _fails FROM (${allRows(subject)}) AS checked) AS marked WHERE _fails${order} LIMIT ${limit}`;
    const answer = await ctx.ports.warehouse.query(sql, values, { timeoutMs: TIMEOUT_MS, maxRows: limit });
    return { columns, rows: answer.rows as Record<string, string | number | boolean | null>[] };
  },
});

/** What was checked last: the dataset as it stands, or as it would with a load that was kept out. */
async function lookedAt(ctx: TenantContext, { id, loadId }: Rule, dataset: Dataset): Promise<Subject> {
  const subject = subjectOf(ctx, ctx.ports, dataset);
  const load = loadId === undefined ? undefined : await ctx.repo(loads).get(loadId);
  if (!load?.blockedBy?.includes(id)) return subject;
  const kept = await ctx.ports.datasets.list(ctx.tenantId, dataset.id);
  if (!kept.some(({ part }) => part === load.id))
    throw new Problem('not_found', 'The load that was kept out has been removed.');
  const newest = { name: load.id, rows: load.rows ?? 0, quarantined: 0, bytes: 0 };
  return { ...subject, older: partsBeside(dataset, load), newest };
}
