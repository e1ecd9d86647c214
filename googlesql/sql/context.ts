import { SqlError } from '../errors.ts';
import type { Expression } from './ast.ts';
import type { Column } from './scope.ts';
import type { PartitionedSource, Typed } from './typed.ts';
import { quoteName } from './types.ts';

/** A table of the catalog, as the translator needs it. */
export interface TableSource {
  /** Its columns; their `sql` is the physical name. */
  readonly columns: readonly Column[];
  /** The DuckDB table, or the SQL that makes its rows. */
  readonly sql: string;
  /** Set for a view: its query in GoogleSQL, to be translated in its place. */
  readonly view?: string;
  /** For a view: where its own names are found. */
  readonly catalog?: Catalog;
  /** How messages call it: `project:dataset.table`. */
  readonly label: string;
  /** Notes that a query reads the column; for the estimate of bytes. */
  readonly use?: (column: string) => void;
  /** Set when a filter on the partitions is demanded: the column, and the table's name for the message. */
  readonly requireFilter?: { readonly columns: readonly string[]; readonly message: string };
}

/** Where the translator finds tables. */
export interface Catalog {
  /** @throws BigQueryError notFound */
  table(path: readonly string[]): TableSource;
}

export interface TranslationOptions {
  readonly source: string;
  readonly catalog: Catalog;
  /** Named parameters by lower-case name, or positional ones by index. */
  readonly parameters: ReadonlyMap<string | number, Typed>;
  /** The moment CURRENT_TIMESTAMP() answers, microseconds since 1970. */
  readonly now: bigint;
}

/** What one translation shares: counters for names, and what is to be checked at its end. */
export class Context {
  readonly options: TranslationOptions;
  readonly sources: PartitionedSource[] = [];
  /** While a WHERE clause is read, columns of partitions that it names count as filters. */
  inFilter = false;
  #names = 0;
  readonly #views: string[];

  constructor(options: TranslationOptions, views: string[] = []) {
    this.options = options;
    this.#views = views;
  }

  /** A name that is used nowhere else in the SQL. */
  fresh(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  freshAlias(): string {
    return quoteName(this.fresh('q'));
  }

  error(message: string, node?: { readonly at: number }): SqlError {
    return new SqlError(message, this.options.source, node?.at);
  }

  /** Adds the place to an error that has none. */
  locate<Result>(node: Expression, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (error instanceof SqlError && !/ at \[\d+:\d+\]$/.test(error.message))
        throw this.error(error.message, node);
      throw error;
    }
  }

  /** Guards against views that read themselves. */
  withinView<Result>(label: string, work: () => Result): Result {
    if (this.#views.includes(label) || this.#views.length >= 16)
      throw this.error(`View ${label} reads itself, or views nest too deeply`);
    this.#views.push(label);
    try {
      return work();
    } finally {
      this.#views.pop();
    }
  }

  /** A context for the text of a view, which knows no parameters. */
  forView(source: string, catalog: Catalog = this.options.catalog): Context {
    const inner = new Context({ ...this.options, source, catalog, parameters: new Map() }, this.#views);
    inner.#names = this.#names + 1000;
    this.#names += 100_000;
    return inner;
  }

  watch(source: PartitionedSource): void {
    this.sources.push(source);
  }
}
