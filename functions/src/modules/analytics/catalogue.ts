import type { App, Scope } from '../../kernel/context.ts';
import type { Metric } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { joinOf } from './columns.ts';
import { collectionSource, type Reader, type Source } from './sources.ts';

/** What one caller may ask: the metrics over rows they may read, and where those rows are. */
export interface Catalogue {
  readonly metrics: ReadonlyMap<string, Metric>;
  /** Metrics the tenant declared whose rows or columns are no longer there, by name, and why they cannot be computed. */
  readonly unavailable: ReadonlyMap<string, { readonly metric: Metric; readonly reason: string }>;
  /** By their names in metrics and joins. */
  readonly sources: ReadonlyMap<string, Source>;
}

/** Who asks: a signed-in caller's context, or a scope of the platform itself. */
export interface Asker extends Pick<Scope, 'tenantId' | 'caller'> {
  readonly app: App;
}

/** The metrics of the modules, as the caller may ask for them. */
export function catalogueFor(app: Pick<App, 'registry'>, reader: Pick<Reader, 'caller'>): Catalogue {
  const declared = [...app.registry.metrics.values()];
  const sources = new Map<string, Source>();
  for (const name of new Set(declared.flatMap(sourcesOf))) {
    const source = collectionSource(app, reader, name);
    if (source) sources.set(name, source);
  }
  return { metrics: readable(declared, sources), unavailable: new Map(), sources };
}

/** The names of all sources a metric reads. */
export const sourcesOf = (metric: Metric): readonly string[] =>
  metric.ratio ? [] : [metric.source, ...Object.values(metric.joins ?? {}).map(({ source }) => source)];

/** The metrics that can be computed from what the caller may read. */
export function readable(
  metrics: readonly Metric[],
  sources: ReadonlyMap<string, Source>,
  known: ReadonlyMap<string, Metric> = new Map(),
): Map<string, Metric> {
  const found = new Map<string, Metric>();
  for (const metric of metrics) {
    const visible = metric.ratio ? undefined : withoutHidden(metric, sources);
    if (visible) found.set(metric.name, visible);
  }
  const has = (name: string): boolean => found.has(name) || known.has(name);
  for (const metric of metrics) if (metric.ratio?.every(has)) found.set(metric.name, metric);
  return found;
}

/** The metric without the dimensions a caller may not read; undefined when it cannot be computed without them. */
function withoutHidden(metric: Metric, sources: ReadonlyMap<string, Source>): Metric | undefined {
  const own = sources.get(metric.source);
  if (!own) return undefined;
  const isHidden = (path: string): boolean => {
    const joined = joinOf(metric, path);
    if (!joined) return own.hidden.has(path.split('.')[0] ?? '');
    const other = sources.get(joined.join.source);
    const [mine, theirs] = joined.join.on;
    return (
      !other ||
      isHidden(mine) ||
      [theirs, joined.path].some((each) => other.hidden.has(each.split('.')[0] ?? ''))
    );
  };
  const needed = [
    metric.field,
    metric.time,
    metric.currency,
    metric.unnest,
    ...Object.keys(metric.where ?? {}),
  ];
  if (needed.some((path) => path !== undefined && isHidden(path))) return undefined;
  const dimensions = Object.fromEntries(
    Object.entries(metric.dimensions).filter(([, path]) => !isHidden(path)),
  );
  const { subject, ...rest } = metric;
  return subject === undefined || isHidden(subject) ? { ...rest, dimensions } : { ...metric, dimensions };
}

/** 422 that names what is not known and lists what is. */
export function unknownName(path: string, name: string, known: readonly string[]): Problem {
  const kind =
    path.split('.')[0] === 'filters'
      ? 'dimension to filter on'
      : (path.split('.')[0] ?? '').replace(/s$/, '');
  const message = `There is no ${kind} ${JSON.stringify(name)} here. Known: ${[...known].sort().join(', ') || 'none'}.`;
  return new Problem('invalid', message, { errors: [{ path, message, code: 'unknown_name' }] });
}
