import { createReadStream } from 'node:fs';
import type { FileLayout } from '../../kernel/ports/datasets.ts';
import { readTable } from '../../kernel/tables/read-table.ts';
import type { Rejected } from './copy.ts';
import { NULL_TEXTS } from './guess.ts';
import { MAX_LINE, type Relation, TEXT_COLUMN } from './relation.ts';
import { DATASET_LIMITS, linesOf } from './source.ts';

/**
 * Finds where rows stand in their file. DuckDB reads it with several threads and does not count lines: the file is read
 * again up to the last of them, which costs nothing when no row was set aside.
 */
export async function locate(
  file: string,
  { format }: FileLayout,
  { kept }: Relation,
  rejected: readonly Rejected[],
): Promise<readonly Rejected[]> {
  const lines = await linesAt(
    file,
    rejected.flatMap(({ offset }) => offset ?? []),
  );
  const placed = rejected.map(({ offset, ...row }) => {
    const line = offset === undefined ? row.line : lines.get(offset);
    return line === undefined ? row : { ...row, line };
  });
  const lost = placed.filter(({ line }) => line === undefined);
  if (lost.length === 0) return placed;
  const places = new Places(lost, format === 'csv' ? kept : [TEXT_COLUMN]);
  const rows = format === 'csv' ? csvRows(file) : textLines(file);
  for await (const { line, cells } of rows) {
    places.visit(line, cells);
    if (places.complete) break;
  }
  return placed.map((row) => {
    const line = row.line ?? places.lineOf(row);
    return line === undefined ? row : { ...row, line };
  });
}

/** The line on which the first text after each offset stands. */
async function linesAt(file: string, offsets: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const lines = new Map<number, number>();
  const wanted = [...new Set(offsets)].sort((a, b) => a - b);
  let [line, at, next] = [1, 0, 0];
  if (wanted.length === 0) return lines;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer;
    let from = 0;
    for (let end = bytes.indexOf(10); next < wanted.length; end = bytes.indexOf(10, from)) {
      const offset = wanted[next] ?? 0;
      const stop = end < 0 ? bytes.length : end;
      // An empty line is not where the text stands.
      const [begin, bare] = [Math.max(from, offset - at), end >= 0 && isBare(bytes, from, end)];
      if (begin < stop && !bare) {
        lines.set(offset, line);
        next++;
        continue;
      }
      if (end < 0) break;
      line++;
      from = end + 1;
    }
    at += bytes.length;
    if (next === wanted.length) break;
  }
  return lines;
}

const isBare = (bytes: Buffer, from: number, end: number): boolean =>
  end === from || (end === from + 1 && bytes[from] === 13);

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Rows that are equal take the lines of their kind in the order these stand in the file. */
class Places {
  readonly #names: readonly string[];
  readonly #wanted = new Map<string, { readonly rows: Rejected[]; readonly lines: number[] }>();
  readonly #nulls = new Set<string>(NULL_TEXTS);
  /** Texts of the first column, by which nearly all other rows are passed over. */
  readonly #first = new Set<string>();
  #missing: number;

  constructor(rows: readonly Rejected[], names: readonly string[]) {
    this.#names = names;
    this.#missing = rows.length;
    for (const row of rows) {
      const cells = names.map((name) => String(row.cells?.[name] ?? ''));
      this.#first.add(cells[0] ?? '');
      const key = JSON.stringify(cells);
      const found = this.#wanted.get(key) ?? { rows: [], lines: [] };
      found.rows.push(row);
      this.#wanted.set(key, found);
    }
  }

  get complete(): boolean {
    return this.#missing === 0;
  }

  visit(line: number, texts: readonly string[]): void {
    if (!this.#first.has(this.#text(texts[0]))) return;
    const found = this.#wanted.get(JSON.stringify(this.#names.map((_, index) => this.#text(texts[index]))));
    if (!found || found.lines.length === found.rows.length) return;
    found.lines.push(line);
    this.#missing--;
  }

  lineOf(row: Rejected): number | undefined {
    const key = JSON.stringify(this.#names.map((name) => String(row.cells?.[name] ?? '')));
    return this.#wanted.get(key)?.lines.shift();
  }

  #text(text = ''): string {
    return this.#nulls.has(text) ? '' : text;
  }
}

async function* csvRows(file: string): AsyncGenerator<Row> {
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  const { batches } = await readTable(source, { format: 'csv', limits: DATASET_LIMITS });
  for await (const batch of batches) for (const row of batch) if ('cells' in row) yield row;
}

async function* textLines(file: string): AsyncGenerator<Row> {
  let line = 0;
  const text = createReadStream(file, { highWaterMark: 1 << 20, encoding: 'utf8' });
  for await (const each of linesOf(text, MAX_LINE)) yield { line: ++line, cells: [each] };
}
