/** A statement ready to be run: parsed, its names found, translated. */

import { BigQueryError } from '../errors.ts';
import type { Query } from '../sql/ast.ts';
import type { Statement } from '../sql/ast-statements.ts';
import { Context } from '../sql/context.ts';
import { parseStatement } from '../sql/parser.ts';
import { translateQuery } from '../sql/query.ts';
import { type OutputColumn, Scope } from '../sql/scope.ts';
import { fieldSql, type Typed } from '../sql/typed.ts';
import type { Catalog } from '../store/catalog.ts';
import type { DatasetReference } from '../store/resources.ts';
import { type Place, Resolver } from './resolver.ts';

export interface QueryInput {
  readonly query: string;
  readonly projectId: string;
  readonly defaultDataset?: DatasetReference;
  readonly parameters: ReadonlyMap<string | number, Typed>;
}

/** What a statement is translated with. */
export interface Session {
  readonly input: QueryInput;
  readonly place: Place;
  readonly resolver: Resolver;
  readonly context: Context;
}

export function openSession(catalog: Catalog, input: QueryInput): Session {
  const place: Place = {
    projectId: input.projectId,
    ...(input.defaultDataset && { defaultDataset: input.defaultDataset }),
  };
  const resolver = new Resolver(catalog, place);
  const now = BigInt(Date.now()) * 1000n;
  const context = new Context({ source: input.query, catalog: resolver, parameters: input.parameters, now });
  return { input, place, resolver, context };
}

/** @throws SqlError when the text is no statement, or has other parameters than were given */
export function parse(input: QueryInput): Statement {
  const { statement, positional } = parseStatement(input.query);
  const given = [...input.parameters.keys()].filter((key) => typeof key === 'number').length;
  if (given > 0 && given !== positional)
    throw new BigQueryError(
      'invalidQuery',
      `Incorrect number of parameters: the query has ${positional}, but ${given} were given`,
      { location: 'query' },
    );
  return statement;
}

export interface Selection {
  /** Columns are called c0, c1, … */
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
}

/** A query whose rows go to a client or a table: every column has a name of its own. */
export function select({ context }: Session, query: Query): Selection {
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
