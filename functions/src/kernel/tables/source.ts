import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type TableLimits, unreadable } from './types.ts';

const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
const OLE = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);
const PDF = Buffer.from('%PDF');

/** What the first bytes of a file say it is. */
export type Magic = 'zip' | 'ole' | 'pdf' | 'other' | 'empty';

/** The bytes of a file, decompressed when they were gzip, and what they look like. */
export interface ByteSource {
  readonly magic: Magic;
  readonly gzip: boolean;
  readonly chunks: AsyncGenerator<Buffer>;
  /** Bytes read from the file as it was sent. */
  bytesRead(): number;
}

/** Looks at the first bytes and undoes gzip; a file that unfolds beyond the limits is refused. */
export async function openBytes(source: Readable, limits: TableLimits): Promise<ByteSource> {
  let read = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      read += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  }
  let plain = counted();
  let head = await peek(plain, 4);
  const gzip = head.first.subarray(0, 3).equals(GZIP);
  if (gzip) {
    plain = limited(gunzip(head.all), limits, () => read);
    head = await peek(plain, 4);
  } else head = { ...head, all: limited(head.all, limits, () => Number.POSITIVE_INFINITY) };
  return { magic: magicOf(head.first), gzip, chunks: head.all, bytesRead: () => read };
}

function magicOf(first: Buffer): Magic {
  if (first.length === 0) return 'empty';
  const begins = (magic: Buffer): boolean => first.subarray(0, magic.length).equals(magic);
  return begins(ZIP) ? 'zip' : begins(OLE) ? 'ole' : begins(PDF) ? 'pdf' : 'other';
}

/** The first chunk, of at least `size` bytes unless the file is shorter, and everything from the start. */
async function peek(
  chunks: AsyncGenerator<Buffer>,
  size: number,
): Promise<{ first: Buffer; all: AsyncGenerator<Buffer> }> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length < size) {
    const next = await chunks.next();
    if (next.done) break;
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    yield* chunks;
  }
  return { first, all: all() };
}

async function* gunzip(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const gunzipped = pipeline(chunks, createGunzip({ chunkSize: 256 * 1024 }), () => {
    // The error reaches the reader of the last stream, below.
  });
  try {
    for await (const chunk of gunzipped) yield chunk as Buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') !== true) throw error;
    throw unreadable(
      'The gzip file is damaged or cut off. Compress it again, or send it uncompressed.',
      error,
    );
  }
}

/** Passes bytes on until they are more than a limit allows. */
export async function* limited(
  chunks: AsyncIterable<Buffer>,
  limits: Pick<TableLimits, 'maxBytes' | 'maxRatio' | 'ratioFrom'>,
  compressed: () => number,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limits.maxBytes)
      throw unreadable(`The file unfolds to more than ${limits.maxBytes} bytes. Send it in parts.`);
    if (bytes > limits.ratioFrom && bytes > compressed() * limits.maxRatio)
      throw unreadable(
        `The file unfolds to more than ${limits.maxRatio} times its size. Send it uncompressed.`,
      );
    yield chunk;
  }
}
