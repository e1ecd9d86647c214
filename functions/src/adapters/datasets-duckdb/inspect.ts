import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileChoice, FileLayout, InspectedColumn, Inspection } from '../../kernel/ports/datasets.ts';
import { unreadable } from '../../kernel/tables/types.ts';
import { csvLayout } from './csv-layout.ts';
import { guess } from './guess.ts';
import { columnNames } from './names.ts';
import { inspectParquet, parquetShape } from './parquet.ts';
import { personalKinds, personalMark } from './personal.ts';
import { openPieces, type Piece, type Pieces, plainFile } from './pieces.ts';
import { joined, readSample, SAMPLE_ROWS, type Sample } from './sample.ts';
import type { InspectTask } from './tasks.ts';

const SAMPLES = 5;
const SAMPLE_LENGTH = 120;
/** Characters of all samples: what was found is kept in one document, however many columns there are. */
const SAMPLE_CHARACTERS = 300_000;
/** Of each of several files in an archive at least so many rows are looked at. */
const LEAST_ROWS = 50;

/**
 * Reads the beginning of a file, and judges its columns by it. Of an archive all files are looked at: those that do not
 * have the same columns are left out, and the owner is told.
 */
export async function inspect(
  connect: () => Promise<DuckDBConnection>,
  { file, format, choice = {}, spill }: InspectTask,
): Promise<Inspection> {
  await using pieces = await openPieces(file, format);
  const taken = takenBy(pieces, choice);
  const found =
    pieces.format === 'parquet'
      ? await lookAtParquet(await connect(), taken, spill)
      : await lookAtText(taken, { ...pieces, format: pieces.format }, choice);
  const { names, warnings, ...inspection } = found;
  const layout: FileLayout = {
    ...inspection.layout,
    ...(pieces.archive ? { entries: names } : {}),
    ...(choice.sheet === undefined ? {} : { sheet: choice.sheet }),
  };
  const entries = pieces.archive ? { entries: pieces.pieces.flatMap(({ name }) => name ?? []) } : {};
  return { ...inspection, ...entries, layout, warnings: [...aboutFiles(pieces, taken, names), ...warnings] };
}

type Found = Inspection & {
  /** The files of the archive that have the same columns. */
  readonly names: readonly string[];
};

function takenBy({ pieces }: Pieces, { entry }: FileChoice): readonly Piece[] {
  if (entry === undefined) return pieces;
  const chosen = pieces.filter(({ name }) => name === entry);
  if (chosen.length === 0)
    throw unreadable(
      `The archive holds no file ${entry} that can be read. It holds ${shortList(namesOf(pieces))}.`,
    );
  return chosen;
}

function aboutFiles({ ignored }: Pieces, taken: readonly Piece[], names: readonly string[]): string[] {
  const others = namesOf(taken).filter((name) => !names.includes(name));
  return [
    ...(names.length > 1
      ? [`The archive holds ${names.length} files with the same columns; all are taken: ${shortList(names)}.`]
      : []),
    ...(others.length > 0
      ? [
          `${shortList(others)} of the archive have other columns than ${names[0]} and are left out. Choose another file if it is meant.`,
        ]
      : []),
    ...(ignored.length > 0 ? [`Left out of the archive: ${shortList(ignored)}.`] : []),
  ];
}

const namesOf = (pieces: readonly Piece[]): string[] => pieces.flatMap(({ name }) => name ?? []);

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

async function lookAtParquet(
  connection: DuckDBConnection,
  pieces: readonly Piece[],
  spill: string,
): Promise<Found> {
  const [first, ...others] = pieces;
  if (!first) throw unreadable('The file is empty.');
  const path = await plainFile(first, spill);
  const inspection = await inspectParquet(connection, path);
  const shape = await parquetShape(connection, path);
  const names = namesOf([first]);
  for (const piece of others)
    if ((await parquetShape(connection, await plainFile(piece, spill))) === shape)
      names.push(piece.name ?? '');
  return { ...inspection, names };
}

async function lookAtText(
  pieces: readonly Piece[],
  { format }: { readonly format: Exclude<FileLayout['format'], 'parquet'> },
  { sheet }: FileChoice,
): Promise<Found> {
  const rows = Math.max(LEAST_ROWS, Math.floor(SAMPLE_ROWS / Math.max(1, pieces.length)));
  const samples: Sample[] = [];
  const names: string[] = [];
  for (const piece of pieces) {
    const sample = await readSample(piece, { format, sheet, rows });
    const [first = sample] = samples;
    if (JSON.stringify(sample.header) !== JSON.stringify(first.header)) continue;
    samples.push(sample);
    names.push(piece.name ?? '');
  }
  const [first] = pieces;
  if (!first) throw unreadable('The file is empty.');
  return {
    names,
    layout: format === 'csv' ? await csvLayout(first) : { format },
    ...judged(joined(samples)),
  };
}

function judged({ texts, rows, broken, warnings, sheets }: Sample): Omit<Inspection, 'layout'> {
  const sources = [...texts.keys()];
  const names = columnNames(sources);
  const room = Math.floor(SAMPLE_CHARACTERS / Math.max(1, sources.length));
  const personal = personalKinds([...texts].map(([source, own]) => ({ source, texts: own })));
  return {
    columns: sources.map((source, index) => ({
      ...inspectColumn(source, names[index] ?? source, texts.get(source) ?? [], { rows, room }),
      ...personalMark(personal[index]),
    })),
    rows,
    warnings:
      broken > 0
        ? [...warnings, `${broken} of the first ${rows + broken} rows cannot be read and would be set aside.`]
        : warnings,
    ...(sheets ? { sheets } : {}),
  };
}

function inspectColumn(
  source: string,
  name: string,
  texts: readonly string[],
  { rows, room }: { readonly rows: number; readonly room: number },
): InspectedColumn {
  const guessed = guess(texts);
  const telling = guessed.alternatives ? texts.filter(tellsApart).slice(0, 1) : [];
  const samples = [...new Set([...telling, ...texts.slice(0, 200)])]
    .slice(0, SAMPLES)
    .map((text) => text.slice(0, Math.min(SAMPLE_LENGTH, Math.floor(room / SAMPLES))));
  return { source, name, ...guessed, samples, empty: rows - texts.length };
}

/** Whether a day and a month that are taken for each other make another date of a text. */
function tellsApart(text: string): boolean {
  const [first, second] = text.match(/\d+/g) ?? [];
  return first !== second;
}
