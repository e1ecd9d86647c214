import { createHash } from 'node:crypto';
import { SqlError } from '../errors.ts';
import { farmFingerprint } from '../values/farmhash.ts';
import type { NativeFunctions } from './define.ts';

const characters = (text: string): string[] => Array.from(text);
const WHITE = /^\p{White_Space}$/u;

function trim(text: string | null, set: string | null, which: string): string | null {
  if (text === null) return null;
  const chosen = set === null ? undefined : new Set(characters(set));
  const drops = (sign: string | undefined) =>
    sign !== undefined && (chosen ? chosen.has(sign) : WHITE.test(sign));
  const signs = characters(text);
  let [start, end] = [0, signs.length];
  if (which !== 'end') while (start < end && drops(signs[start])) start += 1;
  if (which !== 'start') while (end > start && drops(signs[end - 1])) end -= 1;
  return signs.slice(start, end).join('');
}

/** The place of the n-th occurrence from a place on; a negative place searches backwards from the end. */
function instr(text: string, part: string, position: bigint, occurrence: bigint): bigint {
  if (position === 0n || occurrence < 1n)
    throw new SqlError('INSTR position must not be 0 and occurrence must be positive');
  const [signs, wanted] = [characters(text), characters(part)];
  const matches = (at: number) => wanted.every((sign, index) => signs[at + index] === sign);
  let left = Number(occurrence);
  if (wanted.length === 0) return 0n;
  const last = signs.length - wanted.length;
  const forward = position > 0n;
  for (
    let at = forward ? Number(position) - 1 : Math.min(last, signs.length + Number(position));
    forward ? at <= last : at >= 0;
    at += forward ? 1 : -1
  ) {
    if (matches(at)) left -= 1;
    if (left === 0) return BigInt(at + 1);
  }
  return 0n;
}

const DELIMITERS = new Set(' \t\n\r\v\f[](){}/|\\<>!?@"^#$&~_,.:;*%+-'.split(''));

function initcap(text: string | null, delimiters: string | null): string | null {
  if (text === null) return null;
  const set = delimiters === null ? DELIMITERS : new Set(characters(delimiters));
  let start = true;
  return characters(text)
    .map((sign) => {
      const result = start ? sign.toUpperCase() : sign.toLowerCase();
      start = set.has(sign);
      return start ? sign : result;
    })
    .join('');
}

function translate(text: string, from: string, to: string): string {
  const [source, target] = [characters(from), characters(to)];
  if (new Set(source).size < source.length)
    throw new SqlError('Duplicate character in TRANSLATE source characters');
  const map = new Map(source.map((sign, index) => [sign, target[index] ?? '']));
  return characters(text)
    .map((sign) => map.get(sign) ?? sign)
    .join('');
}

const SOUNDS: Readonly<Record<string, string>> = Object.fromEntries(
  ['BFPV', 'CGJKQSXZ', 'DT', 'L', 'MN', 'R'].flatMap((letters, index) =>
    letters.split('').map((letter) => [letter, String(index + 1)]),
  ),
);

function soundex(text: string): string {
  const letters = text.toUpperCase().replace(/[^A-Z]/g, '');
  if (letters === '') return '';
  let code = letters.charAt(0);
  let last = SOUNDS[code];
  for (const letter of letters.slice(1)) {
    const sound = SOUNDS[letter];
    if (sound && sound !== last) code += sound;
    if (letter !== 'H' && letter !== 'W') last = sound;
  }
  return code.padEnd(4, '0').slice(0, 4);
}

function editDistance(a: string, b: string): bigint {
  const [left, right] = [characters(a), characters(b)];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, sign] of left.entries()) {
    const next = [i + 1];
    for (const [j, other] of right.entries())
      next.push(
        Math.min((row[j] ?? 0) + (sign === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1),
      );
    row = next;
  }
  return BigInt(row[right.length] ?? 0);
}

function codePoint(text: string, ascii: boolean): bigint {
  const point = text.codePointAt(0) ?? 0;
  if (ascii && point > 127) throw new SqlError(`Non-ASCII character in ASCII: ${text}`);
  return BigInt(point);
}

function fromCodePoints(points: readonly (bigint | null)[]): string | null {
  if (points.includes(null)) return null;
  return points
    .map((point) => {
      const number = Number(point);
      if (number < 0 || number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff))
        throw new SqlError(`Invalid codepoint ${point}`);
      return number === 0 ? '' : String.fromCodePoint(number);
    })
    .join('');
}

function bytesSubstr(
  bytes: Uint8Array | null,
  position: bigint | null,
  length: bigint | null,
): Uint8Array | null {
  if (bytes === null || position === null) return null;
  if (length !== null && length < 0n) throw new SqlError('Third argument in SUBSTR() cannot be negative');
  const size = bytes.length;
  const start =
    position > 0n ? Number(position) - 1 : position < 0n ? Math.max(size + Number(position), 0) : 0;
  return bytes.slice(start, length === null ? size : start + Number(length));
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function toBase32(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  const groups = bits.match(/.{1,5}/g) ?? [];
  const text = groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=');
}

function fromBase32(text: string): Uint8Array | undefined {
  const body = text.toUpperCase().replace(/=+$/, '');
  if (text.length % 8 !== 0 || /[^A-Z2-7]/.test(body)) return undefined;
  const bits = [...body].map((sign) => BASE32.indexOf(sign).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((group) => Number.parseInt(group, 2)));
}

function decode(encoding: string, text: string): Uint8Array {
  if (encoding === 'hex') {
    const even = text.length % 2 === 0 ? text : `0${text}`;
    if (/^[0-9a-fA-F]*$/.test(even)) return Buffer.from(even, 'hex');
  } else if (encoding === 'base32') {
    const bytes = fromBase32(text);
    if (bytes) return bytes;
  } else if (/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0) return Buffer.from(text, 'base64');
  throw new SqlError(`Failed to decode invalid ${encoding} string`);
}

export const STRING_FUNCTIONS: NativeFunctions = {
  bq_trim: { args: ['VARCHAR', 'VARCHAR', 'VARCHAR'], result: 'VARCHAR', nulls: true, run: trim },
  bq_instr: { args: ['VARCHAR', 'VARCHAR', 'BIGINT', 'BIGINT'], result: 'BIGINT', run: instr },
  bq_reverse: {
    args: ['VARCHAR'],
    result: 'VARCHAR',
    run: (text: string) => characters(text).reverse().join(''),
  },
  bq_split: {
    args: ['VARCHAR', 'VARCHAR'],
    result: 'VARCHAR[]',
    run: (text: string, by: string) => (by === '' ? characters(text) : text.split(by)),
  },
  bq_initcap: { args: ['VARCHAR', 'VARCHAR'], result: 'VARCHAR', nulls: true, run: initcap },
  bq_translate: { args: ['VARCHAR', 'VARCHAR', 'VARCHAR'], result: 'VARCHAR', run: translate },
  bq_soundex: { args: ['VARCHAR'], result: 'VARCHAR', run: soundex },
  bq_edit_distance: { args: ['VARCHAR', 'VARCHAR'], result: 'BIGINT', run: editDistance },
  bq_code_point: { args: ['VARCHAR', 'BOOLEAN'], result: 'BIGINT', run: codePoint },
  bq_code_points: { args: ['BIGINT[]'], result: 'VARCHAR', run: fromCodePoints },
  bq_to_code_points: {
    args: ['VARCHAR'],
    result: 'BIGINT[]',
    run: (text: string) => characters(text).map((sign) => BigInt(sign.codePointAt(0) ?? 0)),
  },
  bq_bytes_substr: { args: ['BLOB', 'BIGINT', 'BIGINT'], result: 'BLOB', nulls: true, run: bytesSubstr },
  bq_to_base32: { args: ['BLOB'], result: 'VARCHAR', run: toBase32 },
  bq_decode: { args: ['VARCHAR', 'VARCHAR'], result: 'BLOB', run: decode },
  bq_lossy_text: {
    args: ['BLOB'],
    result: 'VARCHAR',
    run: (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8'),
  },
  bq_hash: {
    args: ['VARCHAR', 'BLOB'],
    result: 'BLOB',
    run: (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest(),
  },
  bq_farm_fingerprint: {
    args: ['BLOB'],
    result: 'BIGINT',
    run: (bytes: Uint8Array) => farmFingerprint(bytes),
  },
  bq_normalize: {
    args: ['VARCHAR', 'VARCHAR', 'BOOLEAN'],
    result: 'VARCHAR',
    run: (text: string, mode: string, fold: boolean) =>
      fold ? text.normalize(mode).toLowerCase().normalize(mode) : text.normalize(mode),
  },
};
