import { pipeline } from 'node:stream';
import { constants, crc32, createDeflateRaw } from 'node:zlib';

export interface ZipPart {
  readonly name: string;
  readonly content: AsyncIterable<string>;
}

interface Written {
  readonly name: Buffer;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly offset: number;
}

/** A file of 1980-01-01 in UTF-8 whose sizes follow its content (APPNOTE.TXT 4.4.4, bits 3 and 11). */
const FLAGS = 0x0808;
const DATE = 0x0021;
const DEFLATE = 8;
const VERSION = 20;
/** Sizes are 32 bits wide; ZIP64 is not written. */
const MAX = 0xffffffff;

/** Writes a ZIP archive piece by piece, reading its parts no faster than the archive is read. */
export async function* zip(parts: AsyncIterable<ZipPart> | Iterable<ZipPart>): AsyncGenerator<Buffer> {
  const written: Written[] = [];
  let at = 0;
  for await (const part of parts) {
    const name = Buffer.from(part.name);
    const offset = at;
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    common(header, 4);
    header.writeUInt16LE(name.length, 26);
    yield Buffer.concat([header, name]);
    at += 30 + name.length;
    let [crc, size, compressed] = [0, 0, 0];
    async function* measured(): AsyncGenerator<Buffer> {
      for await (const text of part.content) {
        const bytes = Buffer.from(text);
        crc = crc32(bytes, crc);
        size += bytes.length;
        yield bytes;
      }
    }
    for await (const piece of deflate(measured())) {
      compressed += piece.length;
      yield piece;
    }
    const sizes = Buffer.alloc(16);
    sizes.writeUInt32LE(0x08074b50, 0);
    writeSizes(sizes, 4, { crc, compressed, size });
    yield sizes;
    at += compressed + 16;
    if (size > MAX || at > MAX) throw new RangeError('the archive is larger than 4 GiB');
    written.push({ name, crc, compressed, size, offset });
  }
  yield directory(written, at);
}

async function* deflate(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const deflater = createDeflateRaw({ level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024 });
  const deflated = pipeline(content, deflater, () => {
    // The error reaches the reader of the last stream, below.
  });
  for await (const piece of deflated) yield piece as Buffer;
}

/** What local and central headers share: version, flags, method, time, date. */
function common(header: Buffer, at: number): void {
  for (const [index, value] of [VERSION, FLAGS, DEFLATE, 0, DATE].entries())
    header.writeUInt16LE(value, at + index * 2);
}

function writeSizes(
  header: Buffer,
  at: number,
  { crc, compressed, size }: Pick<Written, 'crc' | 'compressed' | 'size'>,
): void {
  for (const [index, value] of [crc, compressed, size].entries()) header.writeUInt32LE(value, at + index * 4);
}

function directory(written: readonly Written[], offset: number): Buffer {
  const entries = written.map((part) => {
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(VERSION, 4);
    common(header, 6);
    writeSizes(header, 16, part);
    header.writeUInt16LE(part.name.length, 28);
    header.writeUInt32LE(part.offset, 42);
    return Buffer.concat([header, part.name]);
  });
  const list = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(written.length, 8);
  end.writeUInt16LE(written.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([list, end]);
}
