import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FileFormat, FileLayout } from '../../kernel/ports/datasets.ts';
import { openBytes } from '../../kernel/tables/source.ts';
import { unreadable } from '../../kernel/tables/types.ts';
import { openArchive } from './archive.ts';
import { DATASET_LIMITS } from './source.ts';

/** One table of what was sent: the file itself, or a file in the archive it is. */
export interface Piece {
  /** Its name in the archive. */
  readonly name?: string;
  /** Where it lies as it is; absent in an archive. */
  readonly path?: string;
  /** Bytes that `open` answers, as far as an archive can be believed. */
  readonly size: number;
  /** Its bytes as they were sent: gzip is still to be undone, what an archive packed is not. */
  open(): Readable;
}

/** What was sent, opened. */
export interface Pieces extends AsyncDisposable {
  readonly format: FileFormat;
  readonly archive: boolean;
  readonly pieces: readonly Piece[];
  /** Files of the archive that are no tables of its format. */
  readonly ignored: readonly string[];
}

const CHUNK = 256 * 1024;

/** @param format as for `Datasets.inspect` */
export async function openPieces(file: string, format?: FileFormat): Promise<Pieces> {
  const archive = await openArchive(file, format);
  if (archive)
    return {
      format: archive.format,
      archive: true,
      pieces: archive.pieces,
      ignored: archive.ignored,
      [Symbol.asyncDispose]: () => archive.close(),
    };
  const { size } = await stat(file);
  return {
    format: format ?? (await formatByBytes(file)),
    archive: false,
    pieces: [{ path: file, size, open: () => createReadStream(file, { highWaterMark: CHUNK }) }],
    ignored: [],
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Only what cannot be anything else: a text may be CSV whatever it begins with. */
async function formatByBytes(file: string): Promise<FileFormat> {
  const handle = await open(file, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const magic = buffer.toString('latin1');
    return magic === 'PAR1' ? 'parquet' : magic === 'PK\x03\x04' ? 'xlsx' : 'csv';
  } finally {
    await handle.close();
  }
}

/** The pieces a load takes, in their order. */
export function piecesOf({ pieces }: Pieces, { entries }: FileLayout): readonly Piece[] {
  if (!entries) return pieces;
  return entries.map((name) => {
    const found = pieces.find((piece) => piece.name === name);
    if (!found) throw unreadable(`The archive holds no file ${name} that can be read.`);
    return found;
  });
}

/**
 * A piece as a plain file that native code can read. What is packed is unpacked to `target`, within the limits: the
 * sizes a file states of itself are not believed, and native code would not stop at a bomb.
 * @param onProgress share of the piece that was unpacked, 0 to 1
 */
export async function plainFile(
  piece: Piece,
  target: string,
  onProgress: (share: number) => void = () => {},
): Promise<string> {
  const { gzip, chunks, bytesRead } = await openBytes(piece.open(), DATASET_LIMITS);
  if (!gzip && piece.path) {
    await chunks.return(undefined);
    return piece.path;
  }
  async function* told(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      yield chunk;
      onProgress(Math.min(1, bytesRead() / Math.max(1, piece.size)));
    }
  }
  await pipeline(told(), createWriteStream(target, { highWaterMark: 1 << 20 }));
  return target;
}
