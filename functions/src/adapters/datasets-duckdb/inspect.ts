import { createReadStream } from 'node:fs';
import type { FileLayout, InspectedColumn, Inspection } from '../../kernel/ports/datasets.ts';
import { detectDialect } from '../../kernel/tables/csv.ts';
import { readTable } from '../../kernel/tables/read-table.ts';
import { openBytes } from '../../kernel/tables/source.ts';
import type { Table } from '../../kernel/tables/types.ts';
import { guess, NULL_TEXTS } from './guess.ts';
import { columnNames } from './names.ts';
import { DATASET_LIMITS, flatCells, openText } from './source.ts';

/** Rows that are looked at. */
const ROWS = 20_000;
const SAMPLES = 5;
const SAMPLE_LENGTH = 120;

type TextFormat = Exclude<FileLayout['format'], 'parquet'>;

/** Reads the beginning of a text file or workbook, and judges its columns by it. */
export async function inspectText(file: string, format: TextFormat): Promise<Inspection> {
  const layout = format === 'csv' ? await csvLayout(file) : { format };
  const table = await readTable(createReadStream(file), { format, limits: DATASET_LIMITS });
  const { sources, texts, rows, broken } = await readSample(table);
  const names = columnNames(sources);
  const columns = sources.map((source, index) =>
    inspectColumn(source, names[index] ?? source, texts.get(source) ?? [], rows),
  );
  const warnings = table.warnings();
  if (broken > 0)
    warnings.push(`${broken} of the first ${rows + broken} rows cannot be read and would be set aside.`);
  return { layout, columns, rows, warnings };
}

interface Sample {
  readonly sources: readonly string[];
  /** Filled cells by column. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  readonly rows: number;
  readonly broken: number;
}

async function readSample({ header, batches }: Table): Promise<Sample> {
  const texts = new Map<string, string[]>((header ?? []).map((name) => [name, []]));
  const nulls = new Set<string>(NULL_TEXTS);
  let rows = 0;
  let broken = 0;
  for await (const batch of batches) {
    for (const row of batch) {
      if ('error' in row) {
        broken++;
        continue;
      }
      rows++;
      const cells =
        'cells' in row
          ? row.cells.map((cell, at) => [header?.[at] ?? '', cell] as const)
          : flatCells(row.record);
      for (const [name, cell] of cells) {
        const column = texts.get(name);
        if (!column) texts.set(name, nulls.has(cell) ? [] : [cell.trim()]);
        else if (!nulls.has(cell)) column.push(cell.trim());
      }
    }
    if (rows >= ROWS) break;
  }
  return { sources: [...texts.keys()], texts, rows, broken };
}

function inspectColumn(
  source: string,
  name: string,
  texts: readonly string[],
  rows: number,
): InspectedColumn {
  const guessed = guess(texts);
  const telling = guessed.alternatives ? texts.filter(tellsApart).slice(0, 1) : [];
  const samples = [...new Set([...telling, ...texts.slice(0, 200)])]
    .slice(0, SAMPLES)
    .map((text) => text.slice(0, SAMPLE_LENGTH));
  return { source, name, ...guessed, samples, empty: rows - texts.length };
}

/** Whether a day and a month that are taken for each other make another date of a text. */
function tellsApart(text: string): boolean {
  const [first, second] = text.match(/\d+/g) ?? [];
  return first !== second;
}

/** DuckDB reads plain UTF-8 whose first line is the header; everything else is rewritten first. */
async function csvLayout(file: string): Promise<FileLayout> {
  const { gzip, utf8 } = await firstBytes(file);
  let head = '';
  for await (const text of openText(file)) {
    head += text as string;
    if (head.length > 65_536) break;
  }
  const { delimiter, newline, skip } = detectDialect(head);
  const rewrite = skip > 0 || newline !== '\n' || /^\s*[\r\n]/.test(head) || !utf8;
  return { format: 'csv', delimiter, ...(gzip ? { gzip } : {}), ...(rewrite ? { rewrite } : {}) };
}

async function firstBytes(file: string): Promise<{ gzip: boolean; utf8: boolean }> {
  const { chunks, gzip } = await openBytes(createReadStream(file), DATASET_LIMITS);
  for await (const chunk of chunks) {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    try {
      decoder.decode(chunk, { stream: true });
    } catch {
      return { gzip, utf8: false };
    }
    break;
  }
  return { gzip, utf8: true };
}
