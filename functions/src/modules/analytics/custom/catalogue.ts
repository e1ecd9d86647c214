import { decide } from '../../../kernel/access.ts';
import type { Scope } from '../../../kernel/context.ts';
import type { Metric } from '../../../kernel/define.ts';
import { createScope } from '../../../kernel/scope.ts';
import { type Asker, type Catalogue, catalogueFor, readable, sourcesOf } from '../catalogue.ts';
import { isDataset, readSource } from '../sources.ts';
import { customMetrics, MOST, metricOf } from './custom-metrics.collection.ts';
import { faultsOf } from './faults.ts';

/**
 * What one caller of one tenant may ask: the metrics of the modules and those the tenant declared.
 * @param wanted metrics that are going to be asked for: when all are the modules', the tenant's are not read
 */
export async function catalogueOf(asker: Asker, wanted?: readonly string[]): Promise<Catalogue> {
  const { app, tenantId, caller } = asker;
  const base = catalogueFor(app, asker);
  if (!app.registry.collections.has(customMetrics.name)) return base;
  if (wanted?.every((name) => app.registry.metrics.has(name))) return base;
  const scope = createScope({ app, tenantId, caller, requestId: 'catalogue' });
  const own = await declaredBy(scope, asker);
  const sources = new Map(base.sources);
  const names = new Set(own.flatMap(sourcesOf).filter((name) => !sources.has(name)));
  await Promise.all(
    [...names].map(async (name) => {
      const source = await readSource(app, scope, name);
      if (source) sources.set(name, source);
    }),
  );
  const isSecret = (metric: Metric): boolean =>
    sourcesOf(metric).some((name) => !sources.has(name) && mayNotRead(asker, name)) ||
    (metric.ratio ?? []).some((name) => app.registry.metrics.has(name) && !base.metrics.has(name));
  const unavailable = new Map<string, { readonly metric: Metric; readonly reason: string }>();
  const usable: Metric[] = [];
  const metrics = new Map(base.metrics);
  for (const metric of [...own].sort(
    (a, b) => Number(a.ratio !== undefined) - Number(b.ratio !== undefined),
  )) {
    if (isSecret(metric)) continue;
    const [fault] = faultsOf(metric, { sources, metrics });
    if (fault) unavailable.set(metric.name, { metric, reason: fault.message });
    else {
      usable.push(metric);
      metrics.set(metric.name, metric);
    }
  }
  const found = readable(usable, sources, base.metrics);
  return { metrics: new Map([...base.metrics, ...found]), unavailable, sources };
}

/** The tenant's metrics; a module's of the same name comes before. */
async function declaredBy(scope: Scope, { app }: Asker): Promise<Metric[]> {
  const { items } = await scope.repo(customMetrics).list({ limit: MOST });
  return items.map(metricOf).filter(({ name }) => !app.registry.metrics.has(name));
}

/** Whether there is such a collection, which the caller may not read. */
function mayNotRead({ app, caller }: Asker, name: string): boolean {
  const collection = isDataset(name) ? undefined : app.registry.collections.get(name);
  return collection !== undefined && decide(collection.options.access.read, caller) === false;
}
