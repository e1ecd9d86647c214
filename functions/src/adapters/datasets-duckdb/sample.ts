import type { FileFormat } from '../../kernel/ports/datasets.ts';
import { readTable } from '../../kernel/tables/read-table.ts';
import { unreadable } from '../../kernel/tables/types.ts';
import { NULL_TEXTS } from './guess.ts';
import type { Piece } from './pieces.ts';
import { DATASET_LIMITS, flatCells } from './source.ts';

/** Rows that are looked at, and how many filled cells of them are kept: a table may be wide. */
export const SAMPLE_ROWS = 20_000;
const MAX_CELLS = 500_000;

/** The beginning of a table. */
export interface Sample {
  /** Names the file gives its columns; undefined for JSON, whose rows name their own. */
  readonly header: readonly string[] | undefined;
  /** Filled cells by column, in the order of the columns. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  readonly rows: number;
  /** Rows that cannot be read. */
  readonly broken: number;
  readonly warnings: readonly string[];
  readonly sheets?: readonly string[];
}

export interface SampleOptions {
  readonly format: Exclude<FileFormat, 'parquet'>;
  readonly sheet?: string | undefined;
  /** Rows to look at. */
  readonly rows: number;
}

export async function readSample(
  piece: Piece,
  { format, sheet, rows: most }: SampleOptions,
): Promise<Sample> {
  const choice = sheet === undefined ? {} : { sheet };
  const table = await readTable(piece.open(), { format, limits: DATASET_LIMITS, ...choice });
  const texts = new Map<string, string[]>((table.header ?? []).map((name) => [name, []]));
  const nulls = new Set<string>(NULL_TEXTS);
  let [rows, broken, cells] = [0, 0, 0];
  for await (const batch of table.batches) {
    for (const row of batch) {
      if ('error' in row) {
        broken++;
        continue;
      }
      rows++;
      for (const [name, cell] of rowCells(row, table.header)) {
        const column = texts.get(name) ?? [];
        if (!texts.has(name)) texts.set(name, column);
        if (nulls.has(cell)) continue;
        column.push(cell.trim());
        cells++;
      }
      if (texts.size > DATASET_LIMITS.maxColumns) throw tooWide(`more than ${DATASET_LIMITS.maxColumns}`);
    }
    if (rows >= most || cells >= MAX_CELLS) break;
  }
  const sheets = table.sheets ? { sheets: table.sheets } : {};
  return { header: table.header, texts, rows, broken, warnings: table.warnings(), ...sheets };
}

/** Refuses a table by the number of its columns. */
export const tooWide = (columns: number | string): Error =>
  unreadable(`The file has ${columns} columns; at most ${DATASET_LIMITS.maxColumns} are read.`);

function rowCells(
  row: { readonly cells: readonly string[] } | { readonly record: Parameters<typeof flatCells>[0] },
  header: readonly string[] | undefined,
): Iterable<readonly [string, string]> {
  return 'cells' in row
    ? row.cells.map((cell, at) => [header?.[at] ?? '', cell] as const)
    : flatCells(row.record);
}

/** Several samples of the same columns as one. */
export function joined(samples: readonly Sample[]): Sample {
  const [first, ...others] = samples;
  if (!first) throw new TypeError('there is no sample');
  if (others.length === 0) return first;
  const texts = new Map<string, string[]>();
  for (const sample of samples)
    for (const [name, found] of sample.texts) {
      const column = texts.get(name);
      if (column) for (const text of found) column.push(text);
      else texts.set(name, [...found]);
    }
  const sum = (of: (sample: Sample) => number): number =>
    samples.reduce((total, each) => total + of(each), 0);
  return {
    ...first,
    texts,
    rows: sum(({ rows }) => rows),
    broken: sum(({ broken }) => broken),
    warnings: [...new Set(samples.flatMap(({ warnings }) => warnings))],
  };
}
