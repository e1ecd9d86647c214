import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FileFormat } from '../../kernel/ports/datasets.ts';
import { unreadable } from '../../kernel/tables/types.ts';
import { Zip, type ZipEntry } from '../../kernel/tables/zip.ts';
import type { Piece } from './pieces.ts';
import { DATASET_LIMITS } from './source.ts';

const EXTENSIONS: readonly (readonly [RegExp, FileFormat])[] = [
  [/\.(?:csv|tsv|tab|txt)$/i, 'csv'],
  [/\.(?:ndjson|jsonl)$/i, 'ndjson'],
  [/\.json$/i, 'json'],
  [/\.xlsx$/i, 'xlsx'],
  [/\.parquet$/i, 'parquet'],
];
const PACKED = /\.(?:zip|gz|tgz|tar|bz2|xz|zst|7z|rar)$/i;
/** What file managers put into archives by themselves. */
const LITTER = /(?:^|\/)(?:__MACOSX\/|\.[^/]*$|thumbs\.db$|desktop\.ini$)/i;
const MAX_FILES = 1_000;
/** Of an archive, an empty one, and one in several volumes. */
const MAGIC = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'];

/** The format a file's name promises. */
export const formatOf = (name: string): FileFormat | undefined =>
  EXTENSIONS.find(([extension]) => extension.test(name))?.[1];

/** A ZIP archive with the files in it that are tables of one format, in the order of their names. */
export interface Archive {
  readonly format: FileFormat;
  readonly pieces: readonly Piece[];
  /** What else is in it. */
  readonly ignored: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens a file as an archive; undefined when it is none (a workbook is one table, though it is packed the same way).
 * Nothing is ever written under a name that stands in the archive.
 */
export async function openArchive(path: string, format?: FileFormat): Promise<Archive | undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (!MAGIC.includes(buffer.toString('latin1'))) return await without(file);
    const zip = await Zip.open(file, {
      size,
      limits: DATASET_LIMITS,
      what: format === 'xlsx' ? 'workbook' : 'archive',
    });
    if (zip.has('xl/workbook.xml')) return await without(file);
    refuseUnsafe(zip.entries);
    const files = zip.entries.filter(({ name }) => !name.endsWith('/') && !LITTER.test(name));
    const taken = choose(files, format);
    refusePacking(taken.files);
    const unfolded = new Unfolded(size);
    return {
      format: taken.format,
      pieces: taken.files.map((entry) => ({
        name: entry.name,
        size: entry.size,
        open: unfolded.reader(zip, entry.name),
      })),
      ignored: files.filter((entry) => !taken.files.includes(entry)).map(({ name }) => name),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function without(file: { close(): Promise<void> }): Promise<undefined> {
  await file.close();
  return undefined;
}

/** Many files that unfold from the same few bytes are a bomb, though none of them is: all count together. */
class Unfolded {
  readonly #size: number;
  #bytes = 0;

  /** @param size bytes of the archive */
  constructor(size: number) {
    this.#size = size;
  }

  /** A file counts once, however often it is read. */
  reader(zip: Zip, name: string): () => Readable {
    let counted = 0;
    const read = async function* (add: (bytes: number) => void): AsyncGenerator<Buffer> {
      let bytes = 0;
      for await (const chunk of zip.read(name)) {
        bytes += chunk.length;
        add(Math.max(0, bytes - counted));
        counted = Math.max(counted, bytes);
        yield chunk;
      }
    };
    return () => Readable.from(read((bytes) => this.#add(bytes)));
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    const { maxBytes, maxRatio, ratioFrom } = DATASET_LIMITS;
    if (this.#bytes > ratioFrom && this.#bytes > this.#size * maxRatio)
      throw unreadable(
        `The archive unfolds to more than ${maxRatio} times its size. Send its files one by one.`,
      );
    if (this.#bytes > maxBytes)
      throw unreadable(`The archive unfolds to more than ${maxBytes} bytes. Send it in parts.`);
  }
}

function refuseUnsafe(entries: readonly ZipEntry[]): void {
  const outside = entries.find(({ name }) => /(?:^|\/)\.\.(?:\/|$)|^\/|^[a-z]:/i.test(name));
  if (outside)
    throw unreadable(`The archive names a file outside of itself (${outside.name}). Pack it again.`);
  const names = new Set<string>();
  const twice = entries.find(({ name }) => names.size === names.add(name.toLowerCase()).size);
  if (twice) throw unreadable(`The archive holds ${twice.name} twice. Pack it again.`);
}

function refusePacking(files: readonly ZipEntry[]): void {
  const locked = files.find(({ encrypted }) => encrypted);
  if (locked)
    throw unreadable(`${locked.name} is protected by a password. Pack the archive without a password.`);
  const unknown = files.find(({ method }) => method !== 0 && method !== 8);
  if (unknown)
    throw unreadable(
      `${unknown.name} is packed in a way that is not read here (method ${unknown.method}). Pack the archive with the usual method, Deflate.`,
    );
}

function choose(
  files: readonly ZipEntry[],
  wanted: FileFormat | undefined,
): { files: readonly ZipEntry[]; format: FileFormat } {
  const nested = files.find(({ name }) => PACKED.test(name));
  if (nested)
    throw unreadable(`The archive holds another one (${nested.name}). Unpack it, and send what is in it.`);
  const formats = [...new Set(files.flatMap(({ name }) => formatOf(name) ?? []))];
  const [only] = files;
  // A single file is taken whatever it is called.
  if (only && files.length === 1) return { files, format: wanted ?? formats[0] ?? 'csv' };
  if (!wanted && formats.length > 1)
    throw unreadable(
      `The archive holds files of several kinds (${formats.join(', ')}). Say which is meant with ?format=, or send an archive of one kind.`,
    );
  const format = wanted ?? formats[0];
  const taken = files
    .filter(({ name }) => formatOf(name) === format || (format === 'ndjson' && formatOf(name) === 'json'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (!format || taken.length === 0)
    throw unreadable('The archive holds no file that can be read. Pack CSV, NDJSON, JSON, XLSX or Parquet.');
  if (taken.length > MAX_FILES)
    throw unreadable(`The archive holds more than ${MAX_FILES} files. Send it in parts.`);
  return { files: taken, format };
}
