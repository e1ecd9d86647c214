import { rename } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatasetColumn, QuarantinedRow } from '../../kernel/ports/datasets.ts';
import { quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { conversion } from './columns.ts';
import { LINE_COLUMN, type Relation, TEXT_COLUMN } from './relation.ts';
import { cut } from './source.ts';
import { MAX_REJECTED, refuseTooMany } from './unloadable.ts';

/** Holds a row with a value that does not fit; empty in a part of which nothing was set aside. */
export const REJECTED = '_rejected';
/** DuckDB's kinds of errors after which it goes on somewhere further down. */
const ENTANGLING = /UNQUOTED|LINE SIZE|UNICODE|ENCODING/i;

/** A row that was set aside, with the texts of its columns where it has them. */
export interface Rejected extends QuarantinedRow {
  /** Bytes of the file before it; line ends may follow. */
  readonly offset?: number;
  /** By the names of the relation. */
  readonly cells?: Readonly<Record<string, string | number | null>>;
}

export interface Copied {
  readonly rejected: readonly Rejected[];
  /** Rows may have been lost with a broken one. */
  readonly entangled: boolean;
}

const ENTANGLED: Copied = { rejected: [], entangled: true };

/** Every row goes through once; those with a value that does not fit carry it along, and are sifted out if there are any. */
export async function copy(
  connection: DuckDBConnection,
  columns: readonly DatasetColumn[],
  relation: Relation,
  piece: string,
  progress: (share: number) => void,
): Promise<Copied> {
  const { cells, kept, broken, sql } = relation;
  const values = columns.map(
    (column, index) => `${conversion(column, cells[index] ?? '')} AS ${quoteName(column.name)}`,
  );
  const misfit = [
    ...(broken ? [broken.condition] : []),
    ...columns.map(({ name }, index) => `(${cells[index]} IS NOT NULL AND ${quoteName(name)} IS NULL)`),
  ].join(' OR ');
  const carried = [...new Set([...kept, ...cells])];
  const row = `to_json({${carried.map((name) => `${name}: ${name}`).join(', ')}})`;
  // What an earlier attempt at the same file left behind.
  for (const table of ['reject_errors', 'reject_scans'])
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
  const failure = await running(
    connection,
    `COPY (SELECT ${namesOf(columns)}, CASE WHEN ${misfit} THEN ${row} END AS ${REJECTED} FROM (SELECT *, ${values.join(', ')} FROM ${sql}))
     TO ${quoteText(piece)} (${parquetFor(columns)})`,
    progress,
  ).catch((error: unknown) => error);
  if (failure) {
    // Line ends of several kinds throw its reader off the track.
    if (/^Invalid Input Error.*CSV/s.test(String((failure as Error).message))) return ENTANGLED;
    throw failure;
  }
  const structural = await structuralErrors(connection);
  if (structural.some(({ types }) => ENTANGLING.test(types))) return ENTANGLED;
  return {
    rejected: [
      ...structural.map(({ types: _types, ...found }) => found),
      ...(await sift(connection, columns, relation, piece)),
    ],
    entangled: false,
  };
}

/** Values of a group of rows; a whole group is held in memory, whatever the width of the table. */
const GROUP_VALUES = 2_000_000;

export function parquetFor(columns: readonly unknown[]): string {
  const rows = Math.min(122_880, Math.max(2_048, Math.floor(GROUP_VALUES / columns.length)));
  return `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rows}`;
}

const namesOf = (columns: readonly DatasetColumn[]): string =>
  columns.map(({ name }) => quoteName(name)).join(', ');

/** Rows that DuckDB could not take apart, from its tables of rejects. */
async function structuralErrors(
  connection: DuckDBConnection,
): Promise<(Rejected & { readonly types: string })[]> {
  const found = await rowsOf(
    connection,
    `SELECT line_byte_position, any_value(csv_line), any_value(error_message), list(DISTINCT error_type::VARCHAR)
     FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position LIMIT ${MAX_REJECTED + 1}`,
  );
  refuseTooMany(found.length);
  return found.map(([position, text, message, types]) => ({
    offset: Number(position) - 1,
    text: cut(String(text ?? '').trim()),
    errors: [{ message: String(message) }],
    types: JSON.stringify(types),
  }));
}

/** Takes the rows with a value that does not fit out of the piece. */
async function sift(
  connection: DuckDBConnection,
  columns: readonly DatasetColumn[],
  { cells: places, broken }: Relation,
  piece: string,
): Promise<Rejected[]> {
  const parquet = `read_parquet(${quoteText(piece)})`;
  const names = namesOf(columns);
  const found = await rowsOf(
    connection,
    `SELECT ${REJECTED}, ${names} FROM ${parquet} WHERE ${REJECTED} IS NOT NULL LIMIT ${MAX_REJECTED + 1}`,
  );
  refuseTooMany(found.length);
  const clean = `${piece}.clean`;
  if (found.length > 0) {
    await connection.run(
      `COPY (SELECT ${names} FROM ${parquet} WHERE ${REJECTED} IS NULL) TO ${quoteText(clean)} (${parquetFor(columns)})`,
    );
    await rename(clean, piece);
  }
  return found.map(([kept, ...values]) => {
    const cells = JSON.parse(String(kept)) as Record<string, string | number | null>;
    const at = cells[LINE_COLUMN];
    const errors = columns.flatMap(({ source, type, format }, index) => {
      const text = cells[places[index] ?? ''];
      if (text === null || text === undefined || values[index] !== null) return [];
      const wanted = format && 'pattern' in format ? `${type} (${format.pattern})` : type;
      return [{ column: source, message: `${JSON.stringify(text).slice(0, 100)} is no ${wanted}.` }];
    });
    const texts = columns.map(({ source }, index) => [source, cells[places[index] ?? ''] ?? null]);
    const none = broken && errors.length === 0;
    return {
      ...(typeof at === 'number' ? { line: at } : {}),
      text: none ? cut(String(cells[TEXT_COLUMN])) : JSON.stringify(Object.fromEntries(texts)),
      errors: none ? [{ message: broken.message }] : errors,
      cells,
    };
  });
}

/** Runs a long statement, telling how far it is. */
export async function running(
  connection: DuckDBConnection,
  sql: string,
  progress: (share: number) => void,
): Promise<void> {
  const timer = setInterval(() => progress(Math.max(0, connection.progress.percentage) / 100), 250);
  try {
    await connection.run(sql);
    progress(1);
  } finally {
    clearInterval(timer);
  }
}

export async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  const result = await connection.runAndReadAll(sql);
  return result.getRowsJson() as unknown[][];
}
