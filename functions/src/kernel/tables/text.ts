import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { unreadable } from './types.ts';

/** Stands where bytes could not be read as UTF-8. */
export const UNREADABLE_CHARACTER = '\ufffd';

const WINDOWS_1252 =
  'The file is not UTF-8; it was read as Windows-1252. Save it as UTF-8 if letters look wrong.';

const MIXED = 'The file mixes encodings: lines that are UTF-8 were read as such.';
/** Bytes of a line that are waited for. */
const MAX_LINE = 4 * 2 ** 20;

/**
 * Decodes a text file. A byte order mark decides (UTF-8, UTF-16); without one the first byte beyond ASCII does:
 * where a UTF-8 sequence stands the file is UTF-8, else Windows-1252, which is told through `warn`. A file that
 * began as UTF-8 keeps U+FFFD where it breaks, for the rows concerned to be refused; in one that began as Windows-1252
 * lines that are UTF-8 are read as such.
 */
export async function* decodeText(
  chunks: AsyncIterable<Buffer>,
  warn: (message: string) => void,
): AsyncGenerator<string> {
  let decoder: Decoder | undefined;
  let carried: Buffer = Buffer.alloc(0);
  let first = true;
  for await (const chunk of chunks) {
    let bytes = carried.length > 0 ? Buffer.concat([carried, chunk]) : chunk;
    carried = Buffer.alloc(0);
    if (first) {
      const mark = byteOrderMark(bytes);
      if (mark) [decoder, bytes] = [new TextDecoder(mark.encoding), bytes.subarray(mark.length)];
      else if (bytes.subarray(0, 4096).includes(0))
        throw unreadable('The file is not text. Send CSV, NDJSON, JSON or XLSX.');
      first = false;
    }
    if (decoder) {
      yield decoder.decode(bytes, { stream: true });
    } else if (isAscii(bytes)) {
      yield bytes.toString('latin1');
    } else {
      const at = bytes.findIndex((byte) => byte > 0x7f);
      if (bytes.length - at < 4) {
        // The sequence may go on in the next chunk.
        carried = bytes.subarray(at);
        yield bytes.toString('latin1', 0, at);
        continue;
      }
      decoder = decide(bytes.subarray(at), warn);
      yield decoder.decode(bytes, { stream: true });
    }
  }
  if (carried.length > 0) {
    decoder = decide(carried, warn);
    yield decoder.decode(carried, { stream: true });
  }
  if (decoder) yield decoder.decode();
}

function byteOrderMark(bytes: Buffer): { encoding: string; length: number } | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return undefined;
}

function decide(bytes: Buffer, warn: (message: string) => void): Decoder {
  const lead = bytes[0] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead >= 0xc2 && bytes.length >= length && isUtf8(bytes.subarray(0, length)))
    return new TextDecoder('utf-8');
  warn(WINDOWS_1252);
  return new MixedDecoder(warn);
}

type Decoder = Pick<TextDecoder, 'decode'>;

/** Decodes line by line: text of Windows-1252 practically never happens to be UTF-8 as well. */
class MixedDecoder implements Decoder {
  readonly #warn: (message: string) => void;
  readonly #western = new TextDecoder('windows-1252');
  #rest: Buffer = Buffer.alloc(0);

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  decode(input?: Buffer, { stream = false }: { readonly stream?: boolean } = {}): string {
    const bytes = input ? Buffer.concat([this.#rest, input]) : this.#rest;
    // A line that goes on and on is not worth waiting for.
    const end = stream && bytes.length < MAX_LINE ? bytes.lastIndexOf(10) + 1 : bytes.length;
    this.#rest = bytes.subarray(end);
    let text = '';
    for (let at = 0; at < end; ) {
      const next = bytes.indexOf(10, at);
      const stop = next < 0 ? end : Math.min(end, next + 1);
      text += this.#line(bytes.subarray(at, stop));
      at = stop;
    }
    return text;
  }

  #line(bytes: Buffer): string {
    if (isAscii(bytes)) return bytes.toString('latin1');
    if (!isUtf8(bytes)) return this.#western.decode(bytes);
    this.#warn(MIXED);
    return bytes.toString('utf8');
  }
}
