/** Values that are written in the query or given with it. */

import { SqlError } from '../errors.ts';
import { canonicalJson } from '../values/json.ts';
import type { Context } from './context.ts';
import { NULL, numericLiteral, type Typed, temporal } from './typed.ts';
import { BOOL, BYTES, FLOAT64, INT64, JSON_TYPE, quoteText, STRING, scalarByName } from './types.ts';

export function literal(kind: string, value: string): Typed {
  switch (kind) {
    case 'null':
      return NULL;
    case 'bool':
      return { sql: value, type: BOOL, atom: true };
    case 'integer':
      return integer(value);
    case 'float':
      return { sql: `CAST('${value}' AS DOUBLE)`, type: FLOAT64, literal: value, atom: true };
    case 'bytes':
      return { sql: bytesSql(Buffer.from(value, 'latin1')), type: BYTES, literal: value, atom: true };
    default:
      return { sql: `CAST(${quoteText(value)} AS VARCHAR)`, type: STRING, literal: value, atom: true };
  }
}

export const bytesSql = (bytes: Buffer): string => `from_hex('${bytes.toString('hex')}')`;

export function integer(text: string): Typed {
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  if (value !== BigInt.asIntN(64, value)) throw new SqlError(`Invalid integer literal: ${text}`);
  return { sql: `CAST('${value}' AS BIGINT)`, type: INT64, literal: String(value), atom: true };
}

export function typedLiteral(type: string, value: string): Typed {
  if (type === 'JSON') return jsonLiteral(value);
  const wanted = scalarByName(type);
  if (!wanted) throw new SqlError(`Type ${type} is not supported`);
  return wanted.kind === 'NUMERIC' ? numericLiteral(value) : temporal(value, wanted);
}

export function jsonLiteral(text: string): Typed {
  return { sql: quoteText(canonicalJson(text)), type: JSON_TYPE, atom: true };
}

export function parameter(key: string | number, context: Context): Typed {
  const value = context.options.parameters.get(typeof key === 'string' ? key.toLowerCase() : key);
  if (value) return value;
  if (typeof key === 'string') throw context.error(`Query parameter '${key}' not found`);
  throw context.error(
    `Query parameter number ${key + 1} is not defined (${context.options.parameters.size} provided)`,
  );
}
