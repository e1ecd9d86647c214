/** Queries of people who may name some tables, and nothing else. */

import { type BigQueryError, SqlError } from './errors.ts';
import { type Catalog, Context, type TableSource } from './sql/context.ts';
import { parseStatement } from './sql/parser.ts';
import type { OutputColumn } from './sql/scope.ts';
import { translateSelection } from './sql/selection.ts';
import { rewrite } from './sql/tokens.ts';
import { quoteName, type SqlType, sameName } from './sql/types.ts';

/** A table that a query may name, in any case. In DuckDB it is a table or view of just this name. */
export interface GivenTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
}

export interface Confined {
  /** The query in GoogleSQL, written anew from what was read of it. */
  readonly googlesql: string;
  /** The query in DuckDB's SQL; its columns are called c0, c1, … */
  readonly duckdb: string;
  readonly columns: readonly OutputColumn[];
  /** The names of the tables it reads, each with the columns it needs of them: one at least. */
  readonly reads: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads one query over the tables given. Whatever else a statement could be, or could name, is refused with its place.
 * @throws {BigQueryError}
 */
export function confine(source: string, tables: readonly GivenTable[]): Confined {
  // Whoever reads the text after us may take it for the end.
  if (source.includes('\0'))
    throw new SqlError('The character U+0000 is not supported', source, source.indexOf('\0'));
  try {
    return confined(source, tables);
  } catch (error) {
    // A chain of operators is a tree as deep as it is long.
    if (!(error instanceof RangeError)) throw error;
    throw new SqlError('Query is too complex: it nests too deeply');
  }
}

function confined(source: string, tables: readonly GivenTable[]): Confined {
  const { statement } = parseStatement(source);
  if (statement.statement !== 'query')
    throw new SqlError(
      `Only queries may be run here, but this is ${article(statement.statement)}`,
      source,
      statement.at,
    );
  const catalog = new GivenTables(tables);
  const now = BigInt(Date.now()) * 1000n;
  const context = new Context({ source, catalog, parameters: new Map(), now });
  const { sql, columns } = translateSelection(statement.query, context);
  return { googlesql: rewrite(source), duckdb: sql, columns, reads: catalog.readsOf(sql) };
}

const article = (statement: string): string =>
  `${/^[aeiou]/.test(statement) ? 'an' : 'a'} ${statement.toUpperCase()}`;

class GivenTables implements Catalog {
  readonly #tables: readonly GivenTable[];
  readonly #named = new Set<GivenTable>();

  constructor(tables: readonly GivenTable[]) {
    this.#tables = tables;
  }

  table(path: readonly string[]): TableSource {
    const [name = '', ...rest] = path;
    const found = rest.length === 0 && this.#tables.find((table) => sameName(table.name, name));
    if (!found) throw new SqlError(refusal(path));
    this.#named.add(found);
    return {
      columns: found.columns.map((column) => ({ ...column, sql: column.name, atom: true })),
      // Named with its schema, it is never mistaken for a table that a WITH clause makes.
      sql: `main.${quoteName(found.name)}`,
      label: found.name,
    };
  }

  /** The printed SQL speaks of a column by its quoted name only, so it needs no column whose name is not in it. */
  readsOf(sql: string): ReadonlyMap<string, readonly string[]> {
    const reads = new Map<string, readonly string[]>();
    for (const { name, columns } of this.#named) {
      const names = columns.map((column) => column.name);
      const needed = names.filter((column) => sql.includes(quoteName(column)));
      reads.set(name, needed.length > 0 ? needed : names.slice(0, 1));
    }
    return reads;
  }
}

function refusal(path: readonly string[]): string {
  const shown = path.join('.');
  if (path.some((part) => /^information_schema$/i.test(part)))
    return `INFORMATION_SCHEMA cannot be asked here: ${shown}`;
  if (shown.includes('*')) return `Wildcard tables cannot be asked here: ${shown}`;
  if (path.length > 1) return `Tables are named without project and dataset here: ${shown}`;
  return `Table ${shown} does not exist, or you may not ask it`;
}

/** The place that the message of an error ends with, as `line` and `column` from 1; undefined when it has none. */
export function placeOf(
  error: BigQueryError,
): { readonly line: number; readonly column: number } | undefined {
  const [, line, column] = / at \[(\d+):(\d+)\]$/.exec(error.message) ?? [];
  return line && column ? { line: Number(line), column: Number(column) } : undefined;
}
