import { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { datasetLineage, type Lineage, maySee } from '../datasets/module.ts';
import { charts } from './charts.collection.ts';
import { catalogueOf } from './custom/catalogue.ts';
import { customMetrics, MOST } from './custom/custom-metrics.collection.ts';

const CHARTS_PAGE = 200;
/** Charts that are looked at. */
const MAX_CHARTS = 2_000;

export const lineage = defineEndpoint({
  name: 'analytics.lineage',
  method: 'GET',
  summary: 'The way of a dataset: its sources and loads, its rules, and the metrics and charts made of it',
  access: 'viewer',
  input: z.strictObject({ dataset: z.string() }),
  output: z.object({
    nodes: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(['source', 'load', 'dataset', 'rule', 'metric', 'chart']),
        label: z.string(),
        state: z.string().optional(),
        at: z.string().optional(),
      }),
    ),
    edges: z.array(z.object({ from: z.string(), to: z.string() })),
  }),
  example: { dataset: 'dat_01JD0000000000000000000000' },
  handle: async (ctx, { dataset }) => {
    const before = await datasetLineage(ctx, dataset);
    const metrics = await metricsOver(ctx, dataset);
    const shown = await chartsOf(ctx, metrics);
    return {
      nodes: [...before.nodes, ...metrics.nodes, ...shown.nodes],
      edges: [...before.edges, ...metrics.edges, ...shown.edges],
    };
  },
});

interface Metrics extends Lineage {
  /** Ids by the name charts ask for them with. */
  readonly byName: ReadonlyMap<string, string>;
}

/** Metrics of the tenant whose rows are the dataset's or are joined with them, and ratios of such. */
async function metricsOver(ctx: TenantContext, dataset: string): Promise<Metrics> {
  if (!maySee(ctx, customMetrics)) return { nodes: [], edges: [], byName: new Map() };
  const { items } = await ctx.repo(customMetrics).list({ limit: MOST });
  const known = await catalogueOf({ app: ctx.app, tenantId: ctx.tenantId, caller: ctx.caller });
  const visible = items.filter(({ name }) => known.metrics.has(name) || known.unavailable.has(name));
  const source = `dataset:${dataset}`;
  const over = visible.filter(
    ({ source: from, joins }) =>
      from === source || Object.values(joins).some((join) => join.source === source),
  );
  const byName = new Map(over.map(({ name, id }) => [name, id]));
  const ratios = visible.flatMap(({ id, name, ratio = [] }) => {
    const parts = [...new Set(ratio)].flatMap((part) => byName.get(part) ?? []);
    return parts.length > 0 ? [{ id, name, parts }] : [];
  });
  for (const { id, name } of ratios) byName.set(name, id);
  const named = new Map(visible.map((metric) => [metric.id, metric.label]));
  return {
    byName,
    nodes: [...byName.values()].map((id) => ({ id, kind: 'metric', label: named.get(id) ?? id })),
    edges: [
      ...over.map(({ id }) => ({ from: dataset, to: id })),
      ...ratios.flatMap(({ id, parts }) => parts.map((part) => ({ from: part, to: id }))),
    ],
  };
}

/** Charts that ask for one of these metrics. */
async function chartsOf(ctx: TenantContext, { byName }: Metrics): Promise<Lineage> {
  if (byName.size === 0 || !maySee(ctx, charts)) return { nodes: [], edges: [] };
  const nodes: Lineage['nodes'][number][] = [];
  const edges: Lineage['edges'][number][] = [];
  let after: readonly unknown[] | undefined;
  for (let seen = 0; seen < MAX_CHARTS; seen += CHARTS_PAGE) {
    const { items, nextCursor } = await ctx.repo(charts).list({ limit: CHARTS_PAGE, after });
    for (const { id, name, query } of items) {
      const used = query.metrics.flatMap((metric) => byName.get(metric) ?? []);
      if (used.length === 0) continue;
      nodes.push({ id, kind: 'chart', label: name });
      for (const from of new Set(used)) edges.push({ from, to: id });
    }
    const last = items.at(-1);
    if (!nextCursor || !last) break;
    after = [last.createdAt, last.id];
  }
  return { nodes, edges };
}
