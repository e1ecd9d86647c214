import type { Metric } from '../../../kernel/define.ts';
import type { Dialect } from './dialect.ts';
import type { Side } from './sides.ts';

/** The names of a statement's columns, no two alike: `average-order-value` is `average_order_value`. */
export class Names {
  readonly #dialect: Dialect;
  readonly #taken = new Set<string>();
  readonly #metrics = new Map<string, string>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** A new name. */
  key(name: string): string {
    let alias = name.replace(/\W+/g, '_').toLowerCase();
    while (this.#taken.has(alias)) alias += '_value';
    this.#taken.add(alias);
    return alias;
  }

  /** Names a metric of one side; once. */
  add({ kind }: Pick<Side, 'kind'>, { name }: Pick<Metric, 'name'>): void {
    const id = `${kind}:${name}`;
    if (!this.#metrics.has(id))
      this.#metrics.set(id, this.key(kind === 'current' ? name : `${name}_${kind}`));
  }

  alias({ kind }: Pick<Side, 'kind'>, { name }: Pick<Metric, 'name'>): string {
    const alias = this.#metrics.get(`${kind}:${name}`);
    if (alias === undefined) throw new TypeError(`${name} has no name`);
    return alias;
  }

  /** As it is written in SQL. */
  of(side: Pick<Side, 'kind'>, metric: Pick<Metric, 'name'>): string {
    return this.#dialect.quote(this.alias(side, metric));
  }
}
