import { BigQueryError } from '../errors.ts';
import type { Query } from './ast.ts';
import type { Context } from './context.ts';
import { translateQuery } from './query.ts';
import { type OutputColumn, Scope } from './scope.ts';
import { fieldSql } from './typed.ts';

export interface Selection {
  /** Columns are called c0, c1, … */
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
}

/** A query whose rows go to a client or a table: every column has a name of its own. */
export function translateSelection(query: Query, context: Context): Selection {
  const translated = translateQuery(query, new Scope({}), context);
  checkFilters(context);
  const [only] = translated.columns;
  if (!translated.isValue || only?.type.kind !== 'STRUCT')
    return { sql: translated.sql, columns: named(translated.columns) };
  const { fields } = only.type;
  const columns = fields.map((_, index) => `${fieldSql('v.c0', fields, index)} AS c${index}`);
  return { sql: `SELECT ${columns.join(', ')} FROM (${translated.sql}) AS v`, columns: named(fields) };
}

/** Tables that demand a filter on their partitions must have got one. */
export function checkFilters(context: Context): void {
  const unfiltered = context.sources.find(({ filtered }) => !filtered);
  if (unfiltered) throw new BigQueryError('invalidQuery', unfiltered.message, { location: 'query' });
}

/** Columns without a name are called f0_, f1_, … */
function named(columns: readonly OutputColumn[]): OutputColumn[] {
  let anonymous = 0;
  const result = columns.map((column) => {
    if (column.name !== '') return column;
    anonymous += 1;
    return { ...column, name: `f${anonymous - 1}_` };
  });
  const seen = new Set<string>();
  const doubled = new Set<string>();
  for (const { name } of result) (seen.has(name.toLowerCase()) ? doubled : seen).add(name.toLowerCase());
  if (doubled.size > 0)
    throw new BigQueryError(
      'invalidQuery',
      `Duplicate column names in the result are not supported. Found duplicate(s): ${[...doubled].join(', ')}`,
      { location: 'query' },
    );
  return result;
}
