import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { Problem } from '../../kernel/errors.ts';
import type { ColumnType, QueryResult } from '../../kernel/ports/warehouse.ts';
import type { Database } from './database.ts';

export interface QueryLimits {
  readonly timeoutMs: number;
  readonly maxRows: number;
}

export type Parameters = readonly (string | number | boolean | null)[];

const CLOSED = 'The warehouse is closed.';

/**
 * Runs one SELECT on a connection of its own, in a read-only transaction, until `signal` ends it.
 * Throws a TypeError for anything but one SELECT, `unavailable` after the time limit and `too_large` past the row limit.
 */
export async function runQuery(
  database: Database,
  sql: string,
  parameters: Parameters,
  limits: QueryLimits,
  signal: AbortSignal,
): Promise<QueryResult> {
  const started = performance.now();
  if (signal.aborted) throw new Problem('unavailable', CLOSED);
  const connection = await database.connect();
  let stopped: string | undefined;
  const stop = (why: string): void => {
    stopped ??= why;
    connection.interrupt();
  };
  const close = (): void => stop(CLOSED);
  const seconds = Math.ceil(limits.timeoutMs / 1000);
  const late = `The query took longer than ${seconds} s. Ask for a shorter period or fewer dimensions.`;
  const timer = setTimeout(() => stop(late), limits.timeoutMs);
  signal.addEventListener('abort', close);
  try {
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const statement = await onlySelect(database, connection, sql);
    statement.bind([...parameters]);
    if (signal.aborted) close();
    if (stopped !== undefined) throw new Error('stopped before it began');
    const answer = await readRows(database, statement, limits.maxRows);
    return { ...answer, elapsedMs: performance.now() - started };
  } catch (error) {
    if (stopped === undefined) throw error;
    throw new Problem('unavailable', stopped, { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', close);
    connection.closeSync();
  }
}

async function onlySelect(
  { api }: Database,
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw new TypeError('a warehouse query is one statement');
  const statement = await statements.prepare(0);
  if (statement.statementType !== api.StatementType.SELECT)
    throw new TypeError('a warehouse query is a SELECT');
  return statement;
}

async function readRows(
  { api }: Database,
  statement: DuckDBPreparedStatement,
  maxRows: number,
): Promise<Pick<QueryResult, 'columns' | 'rows'>> {
  const result = await statement.stream();
  const names = result.deduplicatedColumnNames();
  const columns = names.map((name, index) => ({ name, type: columnType(api, result.columnType(index)) }));
  const rows: Record<string, unknown>[] = [];
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    if (rows.length + chunk.rowCount > maxRows)
      throw new Problem(
        'too_large',
        `The answer has more than ${maxRows} rows. Set a limit or use fewer dimensions.`,
      );
    for (const row of chunk.getRows())
      rows.push(
        Object.fromEntries(
          columns.map(({ name, type }, index) => [name, fromValue(row[index] ?? null, type)]),
        ),
      );
  }
  return { columns, rows };
}

function columnType(api: typeof import('@duckdb/node-api'), { typeId }: DuckDBType): ColumnType {
  const { DuckDBTypeId: id } = api;
  if (typeId === id.BOOLEAN) return 'boolean';
  if (typeId === id.DATE) return 'date';
  if (typeId === id.TIMESTAMP || typeId === id.TIMESTAMP_TZ) return 'timestamp';
  if (typeId === id.DOUBLE || typeId === id.FLOAT || typeId === id.DECIMAL) return 'number';
  const integers: readonly number[] = [id.TINYINT, id.SMALLINT, id.INTEGER, id.BIGINT, id.HUGEINT];
  return integers.includes(typeId) ? 'integer' : 'string';
}

/** Whole numbers beyond 2^53 come as text, so that none is ever rounded. */
function fromValue(value: DuckDBValue, type: ColumnType): unknown {
  if (value === null) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (type === 'timestamp') return `${String(value).replace(' ', 'T').replace(/\+00$/, '')}Z`;
  if (type === 'number') return Number(String(value));
  return typeof value === 'object' ? String(value) : value;
}
