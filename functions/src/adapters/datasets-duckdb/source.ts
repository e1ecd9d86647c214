import { Readable } from 'node:stream';
import type { JsonObject } from '../../kernel/records/record.ts';
import { openBytes } from '../../kernel/tables/source.ts';
import { decodeText } from '../../kernel/tables/text.ts';
import { DEFAULT_LIMITS, type TableLimits } from '../../kernel/tables/types.ts';

export const DATASET_LIMITS: TableLimits = { ...DEFAULT_LIMITS, maxBytes: 64 * 2 ** 30, maxColumns: 2_000 };

/** The text of a piece, decompressed and decoded. */
export function openText(piece: { open(): Readable }): Readable {
  async function* text(): AsyncGenerator<string> {
    const { chunks } = await openBytes(piece.open(), DATASET_LIMITS);
    yield* decodeText(chunks, () => undefined);
  }
  return Readable.from(text());
}

/** Objects within objects nest at most so deep; what lies deeper stays JSON. */
const MAX_DEPTH = 6;

/** A JSON object as a row: `{ a: { b: 1 }, c: [2] }` is `a.b` → `1`, `c` → `[2]`. Absent and null are empty. */
export function flatCells(record: JsonObject): Map<string, string> {
  const cells = new Map<string, string>();
  const add = (value: unknown, path: string, depth: number): void => {
    if (value === undefined || value === null) return;
    if (typeof value !== 'object') cells.set(path, String(value));
    else if (Array.isArray(value) || depth === MAX_DEPTH) cells.set(path, JSON.stringify(value));
    else
      for (const [name, inner] of Object.entries(value))
        add(inner, path ? `${path}.${name}` : name, depth + 1);
  };
  add(record, '', 0);
  return cells;
}

/** Cuts text at its line feeds; a carriage return before one is dropped, and what is longer than `most` characters. */
export async function* linesOf(text: AsyncIterable<string>, most: number): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, most + 1);
    for (const line of lines) yield cut(line.endsWith('\r') ? line.slice(0, -1) : line, most);
  }
  if (rest !== '') yield cut(rest, most);
}

/** Characters of a broken row that are kept to be looked at. */
export const SHOWN = 20_000;

export const cut = (text: string, most = SHOWN): string =>
  text.length > most ? `${text.slice(0, most)}…` : text;
