import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileLayout, LoadOutcome, QuarantinedRow } from '../../kernel/ports/datasets.ts';
import { quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { conversion } from './columns.ts';
import { NULL_TEXTS } from './guess.ts';
import { parquetColumn } from './parquet.ts';
import { LINE_COLUMN, rewrite } from './rewrite.ts';
import type { LoadTask } from './tasks.ts';

/** With more broken rows than this the settings are wrong, not the rows. */
export const MAX_REJECTED = 100_000;
/** Holds a row with a value that does not fit; empty in a part of which nothing was set aside. */
export const REJECTED = '_rejected';
/** DuckDB's kinds of errors after which it goes on somewhere further down. */
const ENTANGLING = /UNQUOTED|LINE SIZE|UNICODE|ENCODING/i;

/** A file that cannot be loaded as it was described. */
export class Unloadable extends Error {
  override readonly name = 'Unloadable';
}

/** Loads a file into a Parquet file and its broken rows into a file of JSON lines; both are there whole or not at all. */
export async function load(
  connection: DuckDBConnection,
  task: LoadTask,
  onProgress: (share: number) => void,
): Promise<LoadOutcome> {
  const { layout } = task;
  if (layout.format === 'parquet') return publish(task, await copyParquet(connection, task, onProgress));
  if (layout.format === 'csv' && !layout.rewrite) {
    const direct = await copy(connection, task, task.file, { progress: onProgress });
    if (!direct.entangled) return publish(task, direct);
  }
  // A quote that is never closed takes thousands of rows with it; our own reader stops at its line.
  const plain = `${task.target}.csv`;
  try {
    const { rejected } = await rewrite(task.file, layout.format, task.columns, plain, MAX_REJECTED, (share) =>
      onProgress(share * 0.6),
    );
    const copied = await copy(connection, task, plain, {
      rewritten: true,
      progress: (share) => onProgress(0.6 + share * 0.4),
    });
    return await publish(task, { ...copied, rejected: merged(rejected, copied.rejected) });
  } finally {
    await rm(plain, { force: true });
  }
}

async function copyParquet(
  connection: DuckDBConnection,
  { file, columns, target }: LoadTask,
  progress: (share: number) => void,
): Promise<Copied> {
  const piece = `${target}.unfinished`;
  await running(
    connection,
    `COPY (SELECT ${columns.map(parquetColumn).join(', ')} FROM read_parquet(${quoteText(file)}))
     TO ${quoteText(piece)} (FORMAT parquet, COMPRESSION zstd)`,
    progress,
  );
  return { rows: await countRows(connection, piece), rejected: [], entangled: false };
}

async function countRows(connection: DuckDBConnection, file: string): Promise<number> {
  const [[rows] = [0]] = await rowsOf(connection, `SELECT count(*) FROM read_parquet(${quoteText(file)})`);
  return Number(rows);
}

const merged = (...lists: readonly (readonly QuarantinedRow[])[]): QuarantinedRow[] =>
  lists.flat().sort((a, b) => (a.line ?? 0) - (b.line ?? 0));

interface Copied {
  readonly rows: number;
  readonly rejected: readonly QuarantinedRow[];
  /** Rows may have been lost with a broken one. */
  readonly entangled: boolean;
}

interface CopyOptions {
  /** The file is one of ours: without header, and with the line in front. */
  readonly rewritten?: boolean;
  readonly progress: (share: number) => void;
}

/** Every row goes through once; those with a value that does not fit carry it along, and are sifted out if there are any. */
async function copy(
  connection: DuckDBConnection,
  task: LoadTask,
  file: string,
  { rewritten = false, progress }: CopyOptions,
): Promise<Copied> {
  const { columns, target } = task;
  const cells = cellNames(task, rewritten);
  const raw = (rewritten ? columns : task.header).map((_, index) => `_c${index}`);
  const piece = `${target}.unfinished`;
  const source = readCsv(file, raw, rewritten ? undefined : task.layout);
  const values = columns.map(
    (column, index) => `${conversion(column, cells[index] ?? '')} AS ${quoteName(column.name)}`,
  );
  const misfit = columns
    .map(({ name }, index) => `(${cells[index]} IS NOT NULL AND ${quoteName(name)} IS NULL)`)
    .join(' OR ');
  const kept = `to_json({${[...raw, ...(rewritten ? [LINE_COLUMN] : [])].map((name) => `${name}: ${name}`).join(', ')}})`;
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  // What an earlier attempt at the same file left behind.
  for (const table of ['reject_errors', 'reject_scans'])
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
  await running(
    connection,
    `COPY (SELECT ${names}, CASE WHEN ${misfit} THEN ${kept} END AS ${REJECTED} FROM (SELECT *, ${values.join(', ')} FROM ${source}))
     TO ${quoteText(piece)} (FORMAT parquet, COMPRESSION zstd)`,
    progress,
  );
  const structural = await structuralErrors(connection);
  if (!rewritten && structural.some(({ types }) => ENTANGLING.test(types)))
    return { rows: 0, rejected: [], entangled: true };
  const rejected = [
    ...structural.map(({ types: _types, ...row }) => row),
    ...(await sift(connection, task, cells, piece)),
  ];
  return { rows: await countRows(connection, piece), rejected, entangled: false };
}

/** Where the value of each column is read from: `_c` and its place in the file; one of ours has just the columns wanted. No column of a dataset begins with `_`. */
function cellNames({ columns, header }: LoadTask, rewritten: boolean): string[] {
  return columns.map(({ source }, index) => {
    const place = rewritten ? index : header.indexOf(source);
    if (place < 0) throw new Unloadable(`The file has no column ${source}.`);
    return `_c${place}`;
  });
}

/** @param layout of the file; undefined for one of ours, without header and with the line in front */
function readCsv(file: string, raw: readonly string[], layout: FileLayout | undefined): string {
  const types = [...(layout ? [] : [[LINE_COLUMN, 'BIGINT']]), ...raw.map((name) => [name, 'VARCHAR'])];
  const options = {
    auto_detect: 'false',
    header: String(layout !== undefined),
    compression: quoteText(layout?.gzip ? 'gzip' : 'none'),
    delim: quoteText(layout?.delimiter ?? ','),
    quote: quoteText('"'),
    escape: quoteText('"'),
    columns: `{${types.map(([name, type]) => `'${name}': '${type}'`).join(', ')}}`,
    nullstr: `[${NULL_TEXTS.map(quoteText).join(', ')}]`,
    allow_quoted_nulls: 'false',
    max_line_size: '2000000',
    store_rejects: 'true',
    rejects_limit: String(MAX_REJECTED + 1),
  };
  const named = Object.entries(options).map(([name, value]) => `${name} = ${value}`);
  return `read_csv(${quoteText(file)}, ${named.join(', ')})`;
}

/** Rows that DuckDB could not take apart, from its tables of rejects. */
async function structuralErrors(
  connection: DuckDBConnection,
): Promise<(QuarantinedRow & { readonly types: string })[]> {
  const found = await rowsOf(
    connection,
    `SELECT line, any_value(csv_line), any_value(error_message), list(DISTINCT error_type::VARCHAR) FROM reject_errors
     GROUP BY line ORDER BY line LIMIT ${MAX_REJECTED + 1}`,
  );
  refuseTooMany(found.length);
  return found.map(([line, text, message, types]) => ({
    line: Number(line),
    text: String(text ?? ''),
    errors: [{ message: String(message) }],
    types: JSON.stringify(types),
  }));
}

/** Takes the rows with a value that does not fit out of the piece. */
async function sift(
  connection: DuckDBConnection,
  { columns }: LoadTask,
  places: readonly string[],
  piece: string,
): Promise<QuarantinedRow[]> {
  const parquet = `read_parquet(${quoteText(piece)})`;
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const found = await rowsOf(
    connection,
    `SELECT ${REJECTED}, ${names} FROM ${parquet} WHERE ${REJECTED} IS NOT NULL LIMIT ${MAX_REJECTED + 1}`,
  );
  refuseTooMany(found.length);
  const clean = `${piece}.clean`;
  if (found.length > 0) {
    await connection.run(
      `COPY (SELECT ${names} FROM ${parquet} WHERE ${REJECTED} IS NULL) TO ${quoteText(clean)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    await rename(clean, piece);
  }
  return found.map(([kept, ...values]) => {
    const cells = JSON.parse(String(kept)) as Record<string, string | number | null>;
    const at = cells[LINE_COLUMN];
    return {
      ...(typeof at === 'number' ? { line: at } : {}),
      text: JSON.stringify(
        Object.fromEntries(columns.map(({ source }, index) => [source, cells[places[index] ?? ''] ?? null])),
      ),
      errors: columns.flatMap(({ source, type, format }, index) => {
        const text = cells[places[index] ?? ''];
        if (text === null || text === undefined || values[index] !== null) return [];
        const wanted = format && 'pattern' in format ? `${type} (${format.pattern})` : type;
        return [{ column: source, message: `${JSON.stringify(text).slice(0, 100)} is no ${wanted}.` }];
      }),
    };
  });
}

function refuseTooMany(count: number): void {
  if (count > MAX_REJECTED)
    throw new Unloadable(
      `More than ${MAX_REJECTED} rows cannot be read with these settings. Check the delimiter and the types of the columns.`,
    );
}

/** Puts both files in their place; the Parquet file comes last, and is what makes the part exist. */
async function publish(task: LoadTask, { rows, rejected }: Copied): Promise<LoadOutcome> {
  const piece = `${task.target}.unfinished`;
  const lines = createWriteStream(`${piece}.rejected`);
  for (const row of rejected) lines.write(`${JSON.stringify(row)}\n`);
  lines.end();
  await finished(lines);
  for (const file of [piece, `${piece}.rejected`]) {
    const handle = await open(file, 'r+');
    await handle.sync();
    await handle.close();
  }
  await rename(`${piece}.rejected`, task.quarantine);
  await rename(piece, task.target);
  return { rows, quarantined: rejected.length, bytes: (await stat(task.target)).size };
}

/** Runs a long statement, telling how far it is. */
async function running(
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

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  const result = await connection.runAndReadAll(sql);
  return result.getRowsJson() as unknown[][];
}
