import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { limited } from './source.ts';
import { type TableLimits, unreadable } from './types.ts';

/** One file in a ZIP archive, as its central directory lists it (APPNOTE.TXT 4.3.12). */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly offset: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** A directory longer than this has been forged, or lists more than a hundred thousand files. */
const MAX_DIRECTORY = 8 * 2 ** 20;
const CHUNK = 256 * 1024;
const DAMAGED = {
  workbook: 'The workbook is damaged or cut off. Save it again as XLSX.',
  archive: 'The ZIP archive is damaged or cut off. Pack it again.',
} as const;

export interface ZipOptions {
  /** Bytes of the archive. */
  readonly size: number;
  readonly limits: TableLimits;
  /** What its owner calls it. */
  readonly what: keyof typeof DAMAGED;
}

/** Reads single files of a ZIP archive. Sizes the archive states are never trusted: what comes out is counted. */
export class Zip {
  /** Everything the archive lists, folders too, in its order. */
  readonly entries: readonly ZipEntry[];
  readonly #file: FileHandle;
  readonly #byName: ReadonlyMap<string, ZipEntry>;
  readonly #options: ZipOptions;

  private constructor(file: FileHandle, entries: readonly ZipEntry[], options: ZipOptions) {
    this.#file = file;
    this.entries = entries;
    this.#byName = new Map(entries.map((entry) => [entry.name.toLowerCase(), entry]));
    this.#options = options;
  }

  static async open(file: FileHandle, options: ZipOptions): Promise<Zip> {
    try {
      const { start, length } = await findDirectory(file, options.size);
      if (start + length > options.size || length > MAX_DIRECTORY) throw new Damaged();
      return new Zip(file, readDirectory(await bytesAt(file, start, length)), options);
    } catch (error) {
      throw error instanceof Damaged ? unreadable(DAMAGED[options.what], error) : error;
    }
  }

  has(name: string): boolean {
    return this.#byName.has(name.toLowerCase());
  }

  /** The bytes of one file, decompressed; refused when they are more than the limits allow, or not what was packed. */
  async *read(name: string): AsyncGenerator<Buffer> {
    const { limits, what } = this.#options;
    try {
      const entry = this.#byName.get(name.toLowerCase());
      if (!entry || entry.encrypted) throw new Damaged();
      yield* whole(
        limited(await this.#plain(entry), limits, () => entry.compressed),
        entry,
      );
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw error instanceof Damaged || code?.startsWith('Z_') ? unreadable(DAMAGED[what], error) : error;
    }
  }

  async #plain({ method, offset, compressed }: ZipEntry): Promise<AsyncIterable<Buffer>> {
    const header = await bytesAt(this.#file, offset, 30);
    if (header.readUInt32LE(0) !== LOCAL || (method !== 0 && method !== 8)) throw new Damaged();
    const start = offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    const raw = slices(this.#file, start, compressed);
    if (method === 0 || compressed === 0) return raw;
    return pipeline(raw, createInflateRaw({ chunkSize: CHUNK }), () => {
      // The error reaches the reader of the last stream.
    });
  }

  /** One file as text; at most `maxBytes`. */
  async text(name: string, maxBytes = 16 * 2 ** 20): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of limited(
      this.read(name),
      { ...this.#options.limits, maxBytes },
      () => Number.POSITIVE_INFINITY,
    ))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }
}

/** What is not as the format says; told to the owner of the file in other words. */
class Damaged extends Error {}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Damaged();
  return buffer;
}

async function* slices(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += CHUNK)
    yield await bytesAt(file, start + at, Math.min(CHUNK, length - at));
}

/** Passes the bytes of an entry on, and fails at their end when they are not those that were packed. */
async function* whole(chunks: AsyncIterable<Buffer>, { crc, size }: ZipEntry): AsyncGenerator<Buffer> {
  let bytes = 0;
  let sum = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (bytes !== size || sum !== crc) throw new Damaged();
}

/** Finds the central directory by the record at the archive's end, which may be followed by a comment. */
async function findDirectory(file: FileHandle, size: number): Promise<{ start: number; length: number }> {
  const tailStart = Math.max(0, size - 65_557);
  const tail = await bytesAt(file, tailStart, size - tailStart);
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + 22 > tail.length || tail.readUInt32LE(end) !== END) throw new Damaged();
  const length = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  if (start !== 0xffffffff && length !== 0xffffffff) return { start, length };
  // ZIP64 (4.3.14, 4.3.15): a locator just before names the record with the 64-bit values.
  if (end < 20) throw new Damaged();
  const wide = await bytesAt(file, Number(tail.readBigUInt64LE(end - 20 + 8)), 56);
  if (wide.readUInt32LE(0) !== END_64) throw new Damaged();
  return { length: Number(wide.readBigUInt64LE(40)), start: Number(wide.readBigUInt64LE(48)) };
}

function readDirectory(directory: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== CENTRAL) throw new Damaged();
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    // In the order in which ZIP64 replaces those that are too large (4.5.3).
    const stated = [at + 24, at + 20, at + 42].map((place) => directory.readUInt32LE(place));
    const wide = zip64(directory.subarray(nameEnd, extraEnd));
    const [size = -1, compressed = -1, offset = -1] = stated.map((value) =>
      value === 0xffffffff ? Number(wide.shift() ?? -1) : value,
    );
    if ([size, compressed, offset].some((value) => value < 0 || !Number.isSafeInteger(value)))
      throw new Damaged();
    entries.push({
      name: directory.toString('utf8', at + 46, nameEnd).replaceAll('\\', '/'),
      method: directory.readUInt16LE(at + 10),
      encrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
      crc: directory.readUInt32LE(at + 16),
      compressed,
      size,
      offset,
    });
    at = extraEnd + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** The values of the ZIP64 extra field. */
function zip64(extra: Buffer): bigint[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const values: bigint[] = [];
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    for (let value = at + 4; value + 8 <= end; value += 8) values.push(extra.readBigUInt64LE(value));
    return values;
  }
  return [];
}
