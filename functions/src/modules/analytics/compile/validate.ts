import type { Metric } from '../../../kernel/define.ts';
import { Problem } from '../../../kernel/errors.ts';
import { type Catalogue, unknownName } from '../catalogue.ts';
import { dimensionsOf } from '../columns.ts';
import type { QueryRequest } from '../request.ts';

type Asked = Pick<QueryRequest, 'metrics' | 'dimensions' | 'filters'>;

/** The metrics asked for; 422 for whatever is not declared, can no longer be computed, or is not there for all of them. */
export function metricsOf(catalogue: Catalogue, request: Asked): readonly Metric[] {
  const metrics = [...new Set(request.metrics)].map((name, index) =>
    metricOf(catalogue, name, `metrics.${index}`),
  );
  const [first = [], ...others] = metrics.map((metric) => dimensionsOf(catalogue, metric));
  const shared = first.filter((name) => others.every((names) => names.includes(name)));
  for (const [index, name] of request.dimensions.entries())
    if (!shared.includes(name) || request.dimensions.indexOf(name) !== index)
      throw unknownName(
        `dimensions.${index}`,
        name,
        shared.filter((known) => known !== name),
      );
  for (const name of Object.keys(request.filters))
    if (!shared.includes(name)) throw unknownName(`filters.${name}`, name, shared);
  return metrics;
}

function metricOf(catalogue: Catalogue, name: string, path: string): Metric {
  const metric = catalogue.metrics.get(name);
  if (metric) return metric;
  const found = catalogue.unavailable.get(name);
  if (!found) throw unknownName(path, name, [...catalogue.metrics.keys()]);
  const message = `The metric ${name} cannot be computed: ${found.reason}`;
  throw new Problem('invalid', message, { errors: [{ path, message, code: 'unavailable_metric' }] });
}
