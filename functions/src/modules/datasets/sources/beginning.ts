import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FileFormat } from '../../../kernel/ports/datasets.ts';
import { SourceRefused } from './kind.ts';

/** Plain bytes that are enough to judge columns by. */
const ENOUGH = 2 * 2 ** 20;
const GZIP = Buffer.from([0x1f, 0x8b]);

/** The first whole lines of a text, unpacked; of other formats, everything. */
export async function* beginning(
  content: Readable,
  format: FileFormat | undefined,
): AsyncGenerator<Buffer | string> {
  if (format !== 'csv' && format !== 'ndjson') {
    yield* content;
    return;
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of await unpacked(content)) {
    parts.push(part);
    size += part.length;
    if (size >= ENOUGH) break;
  }
  const text = Buffer.concat(parts);
  // The last line may have been cut through.
  const end = size >= ENOUGH ? text.lastIndexOf('\n') + 1 : text.length;
  if (end === 0) throw new SourceRefused(`It has no whole line within ${ENOUGH} bytes.`);
  yield text.subarray(0, end);
}

async function unpacked(content: Readable): Promise<AsyncIterable<Buffer>> {
  const bytes = asBuffers(content);
  const first = await bytes.next();
  async function* all(): AsyncGenerator<Buffer> {
    if (!first.done) yield first.value;
    yield* bytes;
  }
  if (first.done || !first.value.subarray(0, 2).equals(GZIP)) return all();
  return pipeline(all(), createGunzip(), () => {
    // The error reaches whoever reads.
  });
}

async function* asBuffers(content: Readable): AsyncGenerator<Buffer> {
  for await (const part of content) yield Buffer.from(part as Buffer | string);
}
