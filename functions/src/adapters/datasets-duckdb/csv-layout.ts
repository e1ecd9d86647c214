import type { FileLayout } from '../../kernel/ports/datasets.ts';
import { detectDialect } from '../../kernel/tables/csv.ts';
import { openBytes } from '../../kernel/tables/source.ts';
import type { Piece } from './pieces.ts';
import { DATASET_LIMITS, openText } from './source.ts';

/** DuckDB reads plain UTF-8 whose first line is the header; everything else is rewritten first. */
export async function csvLayout(piece: Piece): Promise<FileLayout> {
  const { gzip, utf8 } = await firstBytes(piece);
  let head = '';
  for await (const text of openText(piece)) {
    head += text as string;
    if (head.length > 65_536) break;
  }
  const { delimiter, newline, skip } = detectDialect(head);
  const rewrite = skip > 0 || newline !== '\n' || /^\s*[\r\n]/.test(head) || !utf8;
  return { format: 'csv', delimiter, ...(gzip ? { gzip } : {}), ...(rewrite ? { rewrite } : {}) };
}

async function firstBytes(piece: Piece): Promise<{ gzip: boolean; utf8: boolean }> {
  const { chunks, gzip } = await openBytes(piece.open(), DATASET_LIMITS);
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
