import type { App } from '../../../kernel/context.ts';
import type { Metric } from '../../../kernel/define.ts';
import { Problem } from '../../../kernel/errors.ts';
import { catalogueFor, sourcesOf } from '../catalogue.ts';
import { type Reader, readSource, type Source } from '../sources.ts';
import { faultsOf } from './faults.ts';

/**
 * 422 for a metric that could not be computed from what its author may read, naming every field to correct.
 * @param others the tenant's other metrics
 */
export async function refuseFaulty(
  app: App,
  reader: Reader,
  metric: Metric,
  others: readonly Metric[],
): Promise<void> {
  const catalogue = catalogueFor(app, reader);
  const sources = new Map<string, Source>();
  for (const name of new Set(sourcesOf(metric))) {
    const source = await readSource(app, reader, name);
    if (source) sources.set(name, visible(source));
  }
  const plain = others.filter((other) => !other.ratio).map((other) => [other.name, other] as const);
  const faults = faultsOf(metric, { sources, metrics: new Map([...plain, ...catalogue.metrics]) });
  if (app.registry.metrics.has(metric.name))
    faults.unshift({ path: 'name', code: 'taken', message: `${metric.name} is a metric of the platform.` });
  if (faults.length > 0)
    throw new Problem('invalid', 'The metric has fields to correct.', { errors: faults });
}

/** What the author may not read is not there for them. */
const visible = (source: Source): Source => ({
  ...source,
  columns: source.columns.filter(({ path }) => !source.hidden.has(path[0] ?? '')),
  children: source.children.filter(({ field }) => !source.hidden.has(field)),
});
