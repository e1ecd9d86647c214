import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileLayout, LoadOutcome, QuarantinedRow } from '../../kernel/ports/datasets.ts';
import { quoteText } from '../warehouse-duckdb/database.ts';
import { copy, REJECTED, type Rejected, rowsOf, running } from './copy.ts';
import { csvLayout } from './csv-layout.ts';
import { locate } from './locate.ts';
import { parquetColumn } from './parquet.ts';
import { openPieces, type Piece, piecesOf, plainFile } from './pieces.ts';
import { relationOf } from './relation.ts';
import { rewrite } from './rewrite.ts';
import type { LoadTask } from './tasks.ts';
import { refuseTooMany } from './unloadable.ts';

type Tell = (share: number) => void;

/** Loads a file into a Parquet file and its broken rows into a file of JSON lines; both are there whole or not at all. */
export async function load(
  connection: DuckDBConnection,
  task: LoadTask,
  onProgress: Tell,
): Promise<LoadOutcome> {
  await using pieces = await openPieces(task.file, task.layout.format);
  const taken = piecesOf(pieces, task.layout);
  const rejected: QuarantinedRow[] = [];
  const targets: string[] = [];
  for (const [index, piece] of taken.entries()) {
    const target = `${task.target}.unfinished${taken.length > 1 ? index : ''}`;
    const found = await loadPiece(connection, task, piece, target, (share) =>
      onProgress((index + share) / taken.length),
    );
    const entry = taken.length > 1 && piece.name !== undefined ? { entry: piece.name } : {};
    for (const { cells: _cells, ...row } of found) rejected.push({ ...row, ...entry });
    refuseTooMany(rejected.length);
    targets.push(target);
  }
  if (targets.length > 1) await join(connection, targets, `${task.target}.unfinished`);
  return publish(connection, task, rejected);
}

/** Brings one table into a Parquet file. What it needs beside lies under names that begin with the target's. */
async function loadPiece(
  connection: DuckDBConnection,
  task: LoadTask,
  piece: Piece,
  target: string,
  onProgress: Tell,
): Promise<readonly Rejected[]> {
  // The files of an archive have the same columns, but may be written differently.
  const layout =
    task.layout.format === 'csv' && (task.layout.entries?.length ?? 0) > 1
      ? await csvLayout(piece)
      : task.layout;
  const [unpacked, plain] = [`${target}.plain`, `${target}.text`];
  try {
    if (layout.format === 'parquet') {
      const file = await plainFile(piece, unpacked, (share) => onProgress(share * 0.2));
      await copyParquet(connection, task, file, target, (share) => onProgress(0.2 + share * 0.8));
      return [];
    }
    if ((layout.format === 'csv' || layout.format === 'ndjson') && !layout.rewrite) {
      const file = await plainFile(piece, unpacked, (share) => onProgress(share * 0.2));
      const relation = relationOf(task, file, layout, false);
      const direct = await copy(connection, task.columns, relation, target, (share) =>
        onProgress(0.2 + share * 0.8),
      );
      if (!direct.entangled) return ordered(await locate(file, layout, relation, direct.rejected));
    }
    return await loadRewritten(connection, task, piece, layout, { target, plain, onProgress });
  } finally {
    await rm(unpacked, { force: true });
    await rm(plain, { force: true });
  }
}

/** A quote that is never closed takes thousands of rows with it; our own reader stops at its line. */
async function loadRewritten(
  connection: DuckDBConnection,
  task: LoadTask,
  piece: Piece,
  layout: FileLayout,
  { target, plain, onProgress }: { target: string; plain: string; onProgress: Tell },
): Promise<readonly Rejected[]> {
  const broken = await rewrite(piece, layout, task.columns, plain, (share) => onProgress(share * 0.6));
  const relation = relationOf(task, plain, layout, true);
  const { rejected } = await copy(connection, task.columns, relation, target, (share) =>
    onProgress(0.6 + share * 0.4),
  );
  return ordered([...broken, ...rejected]);
}

const ordered = (rows: readonly Rejected[]): readonly Rejected[] =>
  [...rows].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));

async function copyParquet(
  connection: DuckDBConnection,
  { columns }: LoadTask,
  file: string,
  target: string,
  progress: Tell,
): Promise<void> {
  const selected = columns.map(parquetColumn).join(', ');
  await running(
    connection,
    `COPY (SELECT ${selected} FROM read_parquet(${quoteText(file)})) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION zstd)`,
    progress,
  );
}

/** Makes one file of several. */
async function join(connection: DuckDBConnection, pieces: readonly string[], target: string): Promise<void> {
  const files = pieces.map(quoteText).join(', ');
  await connection.run(
    `COPY (SELECT COLUMNS(name -> name <> ${quoteText(REJECTED)}) FROM read_parquet([${files}], union_by_name = true))
     TO ${quoteText(target)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  for (const piece of pieces) await rm(piece);
}

/** Puts both files in their place; the Parquet file comes last, and is what makes the part exist. */
async function publish(
  connection: DuckDBConnection,
  task: LoadTask,
  rejected: readonly QuarantinedRow[],
): Promise<LoadOutcome> {
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
  const [[rows] = [0]] = await rowsOf(connection, `SELECT count(*) FROM read_parquet(${quoteText(piece)})`);
  await rename(`${piece}.rejected`, task.quarantine);
  await rename(piece, task.target);
  return { rows: Number(rows), quarantined: rejected.length, bytes: (await stat(task.target)).size };
}
