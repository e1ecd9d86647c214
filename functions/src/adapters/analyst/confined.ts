import {
  BigQueryError,
  BOOL,
  type Confined,
  confine,
  DATE,
  FLOAT64,
  INT64,
  placeOf,
  type SqlType,
  STRING,
  TIMESTAMP,
} from '@mewayz/googlesql';
import { Problem } from '../../kernel/errors.ts';
import type { AskableTable, Question } from '../../kernel/ports/questions.ts';
import type { ColumnType } from '../../kernel/ports/warehouse.ts';

/** JSON is kept as text, which every function for JSON takes. */
export const GOOGLE_TYPES: Readonly<Record<ColumnType, SqlType>> = {
  string: STRING,
  integer: INT64,
  number: FLOAT64,
  boolean: BOOL,
  timestamp: TIMESTAMP,
  date: DATE,
  json: STRING,
};

/** Reads a question. Throws `invalid`, with the place, for whatever is no query over its tables. */
export function confined(sql: string, tables: readonly Pick<AskableTable, 'name' | 'columns'>[]): Confined {
  const given = tables.map(({ name, columns }) => ({
    name,
    columns: columns.map((column) => ({ name: column.name, type: GOOGLE_TYPES[column.type] })),
  }));
  try {
    return confine(sql, given);
  } catch (error) {
    throw asProblem(error);
  }
}

/** What is wrong with a question, or with running it, for the one who asked. */
export function asProblem(error: unknown): unknown {
  if (!(error instanceof BigQueryError)) return error;
  const { message, reason } = error;
  if (reason === 'resourcesExceeded' || reason === 'responseTooLarge')
    return new Problem('too_large', message, { cause: error });
  const said =
    reason === 'backendError' ? 'The engine cannot run this query. Write it another way.' : message;
  return new Problem('invalid', said, {
    errors: [{ path: 'sql', message: said, code: 'sql' }],
    extensions: { ...placeOf(error) },
    cause: error,
  });
}

/** The table of a question that a name of `reads` stands for. */
export function tableOf({ tables }: Pick<Question, 'tables'>, name: string): AskableTable {
  const table = tables.find((candidate) => candidate.name === name);
  if (!table) throw new TypeError(`the question has no table ${name}`);
  return table;
}
