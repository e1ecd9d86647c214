import type { DuckDBValue } from '@duckdb/node-api';
import {
  BigQueryError,
  Context,
  coerce,
  describe,
  parseLoneExpression,
  type SchemaField,
  Scope,
  type Typed,
  translate,
  typeOfField,
} from '@mewayz/googlesql';
import type { Catalog } from '../store/catalog.ts';
import type { Database } from '../store/database.ts';
import { Resolver } from './resolver.ts';

/** A column's default value as SQL of its type. @throws BigQueryError when the expression is wrong */
export function defaultOf(catalog: Catalog, field: SchemaField, text: string): Typed {
  const context = new Context({
    source: text,
    catalog: new Resolver(catalog, { projectId: '' }),
    parameters: new Map(),
    now: BigInt(Date.now()) * 1000n,
  });
  const type = typeOfField(field);
  const value = translate(parseLoneExpression(text), new Scope({}), context);
  const coerced = coerce(value, type);
  if (!coerced)
    throw new BigQueryError(
      'invalid',
      `The default value of ${field.name} is ${describe(value)}, which the column cannot hold`,
    );
  return coerced;
}

/** What the default value of a column is now. */
export async function constantOf(
  database: Database,
  catalog: Catalog,
  field: SchemaField,
): Promise<DuckDBValue> {
  const { sql } = defaultOf(catalog, field, field.defaultValueExpression ?? 'NULL');
  const connection = await database.connect();
  try {
    const result = await connection.runAndReadAll(`SELECT ${sql}`);
    return result.getRows()[0]?.[0] ?? null;
  } finally {
    connection.closeSync();
  }
}
