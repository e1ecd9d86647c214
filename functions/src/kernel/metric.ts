/** Another collection or dataset of the same tenant that a row of a metric finds one row of. */
export interface MetricJoin {
  /** As `source` of a metric. */
  readonly source: string;
  /** Path in the metric's rows, and the path there that it equals: `id` or a unique field; of a dataset any column. */
  readonly on: readonly [own: string, theirs: string];
}

/** A figure computed over a collection in the warehouse; the compiler adds the tenant predicate. */
export interface Metric {
  /** `revenue`; unique over all modules. */
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** Collection the rows come from; a tenant's own metrics may name one of its datasets, `dataset:dat_…`. */
  readonly source: string;
  /** Array field whose elements are the rows (`lines`). */
  readonly unnest?: string;
  readonly aggregate: 'sum' | 'count' | 'count-distinct' | 'average' | 'min' | 'max' | 'median' | 'ratio';
  /** Path that is aggregated; `lines.amount` reaches into the element. For `ratio`: [numerator metric, denominator metric]. */
  readonly field?: string;
  readonly ratio?: readonly [numerator: string, denominator: string];
  /** What `where` and `dimensions` may reach into by name: `{ contact: … }` makes the path `contact.country`. */
  readonly joins?: Readonly<Record<string, MetricJoin>>;
  /** Rows that count: field → accepted values. */
  readonly where?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  /** The time of a row. */
  readonly time: string;
  /** Dimension name → path (`{ country: 'country', product: 'lines.sku' }`). */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Path of the one a row belongs to, such as a contact's id: what makes rows of many metrics one timeline. */
  readonly subject?: string;
  /** Money is summed in minor units and never across currencies. */
  readonly format: 'money' | 'number' | 'percent';
  /** Path of the currency, for money; or the currency itself (`EUR`) when all amounts are in one. */
  readonly currency?: string;
}
export const defineMetric = (metric: Metric): Metric => metric;
