import type { FileHandle } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { limited } from './source.ts';
import { type TableLimits, unreadable } from './types.ts';

/** One file in a ZIP archive, as its central directory lists it (APPNOTE.TXT 4.3.12). */
interface Entry {
  readonly method: number;
  readonly compressed: number;
  readonly offset: number;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const damaged = (cause?: unknown): Error =>
  unreadable('The workbook is damaged or cut off. Save it again as XLSX.', cause);

/** Reads single files of a ZIP archive. Sizes the archive states are never trusted: what comes out is counted. */
export class Zip {
  readonly #file: FileHandle;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #limits: TableLimits;

  private constructor(file: FileHandle, entries: ReadonlyMap<string, Entry>, limits: TableLimits) {
    this.#file = file;
    this.#entries = entries;
    this.#limits = limits;
  }

  /** @param size bytes of the archive */
  static async open(file: FileHandle, size: number, limits: TableLimits): Promise<Zip> {
    const tail = await bytesAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (end < 0 || end + 22 > tail.length || tail.readUInt32LE(end) !== END) throw damaged();
    const length = tail.readUInt32LE(end + 12);
    const start = tail.readUInt32LE(end + 16);
    // A directory this long has either been forged or belongs to an archive of 65,536 files and more: no workbook.
    if (start + length > size || length > 8 * 2 ** 20) throw damaged();
    return new Zip(file, readDirectory(await bytesAt(file, start, length)), limits);
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase());
  }

  /** The bytes of one file, decompressed; refused when they are more than the limits allow. */
  async *read(name: string): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(name.toLowerCase());
    if (!entry) throw damaged();
    const header = await bytesAt(this.#file, entry.offset, 30);
    const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (entry.method !== 0 && entry.method !== 8) throw damaged();
    if (entry.compressed === 0) return;
    const raw = this.#file.createReadStream({
      start,
      end: start + entry.compressed - 1,
      autoClose: false,
      highWaterMark: 256 * 1024,
    });
    const plain: Readable =
      entry.method === 0
        ? raw
        : pipeline(raw, createInflateRaw({ chunkSize: 256 * 1024 }), () => {
            // The error reaches the reader below.
          });
    try {
      yield* limited(plain, this.#limits, () => entry.compressed);
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code?.startsWith('Z_') ? damaged(error) : error;
    }
  }

  /** One file as text; at most `maxBytes`. */
  async text(name: string, maxBytes = 16 * 2 ** 20): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of limited(
      this.read(name),
      { ...this.#limits, maxBytes },
      () => Number.POSITIVE_INFINITY,
    ))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw damaged();
  return buffer;
}

function readDirectory(directory: Buffer): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== CENTRAL) throw damaged();
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const name = directory
      .toString('utf8', at + 46, nameEnd)
      .replaceAll('\\', '/')
      .toLowerCase();
    const sizes = zip64(
      directory.subarray(nameEnd, extraEnd),
      directory.readUInt32LE(at + 24) === 0xffffffff,
    );
    const compressed = directory.readUInt32LE(at + 20);
    const offset = directory.readUInt32LE(at + 42);
    const wide = [compressed, offset].map((value) =>
      value === 0xffffffff ? Number(sizes.shift() ?? -1) : value,
    );
    if (wide.some((value) => value < 0 || !Number.isSafeInteger(value))) throw damaged();
    entries.set(name, {
      method: directory.readUInt16LE(at + 10),
      compressed: wide[0] ?? 0,
      offset: wide[1] ?? 0,
    });
    at = extraEnd + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** The 64-bit values of the ZIP64 extra field that follow the uncompressed size, in their fixed order. */
function zip64(extra: Buffer, hasUncompressed: boolean): bigint[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const values: bigint[] = [];
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    for (let value = at + 4; value + 8 <= end; value += 8) values.push(extra.readBigUInt64LE(value));
    return hasUncompressed ? values.slice(1) : values;
  }
  return [];
}
