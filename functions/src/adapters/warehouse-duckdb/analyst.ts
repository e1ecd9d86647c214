/** Answers one question on a DuckDB of its own, which holds nothing but the tables of the question. */

import type { DuckDBConnection } from '@duckdb/node-api';
import { type Confined, typeName } from '@mewayz/googlesql';
import { asBigQueryError, registerFunctions } from '@mewayz/googlesql/duckdb';
import type { Answer, AskableTable } from '../../kernel/ports/questions.ts';
import { BoundedRows, type Bounds } from '../analyst/bounded-rows.ts';
import { asProblem, confined } from '../analyst/confined.ts';
import { plainValue } from './analyst-rows.ts';
import { quoteName, quoteText } from './database.ts';

/** A table that a query reads, and the columns it needs. */
export interface Read {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Where the rows of a table are. */
export interface Source {
  readonly table: string;
  /** A SELECT that has the columns asked for. */
  readonly sql: string;
  /** What it reads. */
  readonly files: readonly string[];
}

/** What is known of a table before its rows are fetched. */
export type TableHead = Pick<AskableTable, 'name' | 'columns'>;

export interface Setting {
  /** Folder for what does not fit in memory. */
  readonly spill: string;
  /** As DuckDB writes it: `384MB`. */
  readonly memory: string;
}

/**
 * @param fetch brings the rows of the tables that the query turns out to read
 * @throws Problem `invalid` or `too_large`
 */
export async function answerQuestion(
  sql: string,
  tables: readonly TableHead[],
  bounds: Bounds,
  setting: Setting,
  fetch: (reads: readonly Read[]) => Promise<readonly Source[]>,
): Promise<Omit<Answer, 'elapsedMs'>> {
  const query = confined(sql, tables);
  const sources = await fetch([...query.reads].map(([table, columns]) => ({ table, columns })));
  const api = await import('@duckdb/node-api');
  const instance = await api.DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: setting.memory,
  });
  try {
    const connection = await instance.connect();
    registerFunctions(api, connection);
    for (const statement of preparations(sources, setting)) await connection.run(statement);
    return { ...(await readAnswer(connection, query, bounds)), sql: query.duckdb };
  } catch (error) {
    throw asProblem(asBigQueryError(error));
  } finally {
    instance.closeSync();
  }
}

/** Its tables come first; then nothing may be opened but their files, and nothing may be set any more. */
const preparations = (sources: readonly Source[], { spill }: Setting): string[] => [
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  "SET TimeZone = 'UTC'",
  `SET temp_directory = ${quoteText(spill)}`,
  "SET max_temp_directory_size = '2GB'",
  ...sources.map(({ table, sql }) => `CREATE VIEW ${quoteName(table)} AS ${sql}`),
  `SET allowed_paths = [${sources.flatMap(({ files }) => files.map(quoteText)).join(', ')}]`,
  'SET enable_external_access = false',
  'SET lock_configuration = true',
];

async function readAnswer(
  connection: DuckDBConnection,
  { duckdb, columns }: Confined,
  bounds: Bounds,
): Promise<Pick<Answer, 'columns' | 'rows' | 'truncated'>> {
  const bounded = new BoundedRows(bounds);
  const { rows } = bounded;
  const heads = columns.map(({ name, type }) => ({ name, type: typeName(type) }));
  const result = await connection.stream(duckdb);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return { columns: heads, rows, truncated: false };
    for (const values of chunk.getRows()) {
      const row = Object.fromEntries(
        columns.map(({ name, type }, index) => [name, plainValue(values[index] ?? null, type)]),
      );
      if (!bounded.add(row)) return { columns: heads, rows, truncated: true };
    }
  }
}
