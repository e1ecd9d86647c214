import { SqlError } from '../errors.ts';
import { floatText } from '../values/float.ts';
import {
  canonicalJson,
  floatJson,
  follow,
  type Json,
  JsonNumber,
  jsonTextOf,
  parseJson,
  parsePath,
} from '../values/json.ts';
import { numericText } from '../values/numeric.ts';
import type { NativeFunctions } from './define.ts';

/** JSON text that is none answers NULL, as the functions on STRING do. */
function read(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

function at(text: string, path: string, legacy: boolean): Json | undefined {
  const steps = parsePath(path, legacy);
  const value = read(text);
  return value === undefined ? undefined : follow(value, steps);
}

function scalarText(value: Json | undefined): string | null {
  if (value === undefined || value === null || Array.isArray(value) || value instanceof Map) return null;
  return value instanceof JsonNumber ? value.text : String(value);
}

function kind(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Map) return 'object';
  return value instanceof JsonNumber ? 'number' : typeof value;
}

const INTEGRAL = /^-?\d+$/;

function int64(text: string): string | undefined {
  const number = Number(text);
  if (!Number.isInteger(number)) return undefined;
  const value = INTEGRAL.test(text) ? BigInt(text) : BigInt(number);
  return value === BigInt.asIntN(64, value) ? String(value) : undefined;
}

/** The value when it has the wanted type, as text. @throws SqlError otherwise. */
function strict(text: string, wanted: string): string {
  const value = parseJson(text);
  if (wanted === 'string' && typeof value === 'string') return value;
  if (wanted === 'bool' && typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber && wanted === 'float') return value.text;
  const whole = value instanceof JsonNumber && wanted === 'int' ? int64(value.text) : undefined;
  if (whole !== undefined) return whole;
  throw new SqlError(
    `The provided JSON input is not ${wanted === 'int' ? 'an integer' : `a ${wanted}`}: ${text}`,
  );
}

/** The value turned into the wanted type, or NULL. */
function lax(text: string, wanted: string): string | null {
  const value = parseJson(text);
  const plain = scalarText(value);
  if (plain === null) return null;
  switch (wanted) {
    case 'string':
      return value instanceof JsonNumber && !INTEGRAL.test(plain)
        ? floatText(Number(plain)).replace(/\.0$/, '')
        : plain;
    case 'bool':
      if (value instanceof JsonNumber) return String(Number(plain) !== 0);
      return /^(true|false)$/i.test(plain) ? plain.toLowerCase() : null;
    case 'int': {
      if (typeof value === 'boolean') return value ? '1' : '0';
      const number = Number(plain);
      if (plain.trim() === '' || !Number.isFinite(number)) return null;
      return int64(plain) ?? int64(String(Math.sign(number) * Math.round(Math.abs(number)))) ?? null;
    }
    default:
      return typeof value === 'boolean' || plain.trim() === '' || Number.isNaN(Number(plain))
        ? null
        : String(Number(plain));
  }
}

function keys(value: Json, prefix = ''): string[] {
  if (!(value instanceof Map)) return [];
  return [...value].flatMap(([name, member]) => {
    const path = prefix + (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));
    return [path, ...keys(member, `${path}.`)];
  });
}

function pretty(value: Json, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return value.length === 0
      ? '[]'
      : `[\n${value.map((item) => inner + pretty(item, inner)).join(',\n')}\n${indent}]`;
  if (!(value instanceof Map)) return jsonTextOf(value);
  if (value.size === 0) return '{}';
  return `{\n${[...value].map(([name, member]) => `${inner}${JSON.stringify(name)}: ${pretty(member, inner)}`).join(',\n')}\n${indent}}`;
}

const orNull = (value: Json | undefined): string | null => (value === undefined ? null : jsonTextOf(value));

export const JSON_FUNCTIONS: NativeFunctions = {
  bq_json_value: {
    args: ['VARCHAR', 'VARCHAR', 'BOOLEAN'],
    result: 'VARCHAR',
    run: (text: string, path: string, legacy: boolean) => scalarText(at(text, path, legacy)),
  },
  bq_json_query: {
    args: ['VARCHAR', 'VARCHAR', 'BOOLEAN'],
    result: 'VARCHAR',
    run: (text: string, path: string, legacy: boolean) => {
      const value = at(text, path, legacy);
      // The legacy function answers NULL for JSON's null.
      return legacy && value === null ? null : orNull(value);
    },
  },
  bq_json_query_array: {
    args: ['VARCHAR', 'VARCHAR', 'BOOLEAN'],
    result: 'VARCHAR[]',
    run: (text: string, path: string, legacy: boolean) => {
      const value = at(text, path, legacy);
      return Array.isArray(value) ? value.map((item) => jsonTextOf(item)) : null;
    },
  },
  bq_json_value_array: {
    args: ['VARCHAR', 'VARCHAR', 'BOOLEAN'],
    result: 'VARCHAR[]',
    run: (text: string, path: string, legacy: boolean) => {
      const value = at(text, path, legacy);
      if (!Array.isArray(value) || value.some((item) => Array.isArray(item) || item instanceof Map))
        return null;
      return value.map(scalarText);
    },
  },
  bq_json_member: {
    args: ['VARCHAR', 'VARCHAR'],
    result: 'VARCHAR',
    run: (text: string, name: string) => {
      const value = parseJson(text);
      return value instanceof Map ? orNull(value.get(name)) : null;
    },
  },
  bq_json_element: {
    args: ['VARCHAR', 'BIGINT'],
    result: 'VARCHAR',
    run: (text: string, index: bigint) => {
      const value = parseJson(text);
      return Array.isArray(value) && index >= 0n ? orNull(value[Number(index)]) : null;
    },
  },
  bq_json_type: { args: ['VARCHAR'], result: 'VARCHAR', run: (text: string) => kind(parseJson(text)) },
  bq_json_keys: {
    args: ['VARCHAR'],
    result: 'VARCHAR[]',
    run: (text: string) => keys(parseJson(text)).sort(),
  },
  bq_json_scalar: { args: ['VARCHAR', 'VARCHAR'], result: 'VARCHAR', run: strict },
  bq_json_lax: { args: ['VARCHAR', 'VARCHAR'], result: 'VARCHAR', run: lax },
  bq_parse_json: {
    args: ['VARCHAR', 'BOOLEAN'],
    result: 'VARCHAR',
    run: (text: string, round: boolean) => canonicalJson(text, round),
  },
  bq_json_canonical: {
    args: ['VARCHAR'],
    result: 'VARCHAR',
    run: (text: string) => canonicalJson(text, true),
  },
  bq_json_string: { args: ['VARCHAR'], result: 'VARCHAR', run: (text: string) => JSON.stringify(text) },
  bq_json_pretty: { args: ['VARCHAR'], result: 'VARCHAR', run: (text: string) => pretty(parseJson(text)) },
  bq_float_json: {
    args: ['DOUBLE'],
    result: 'VARCHAR',
    run: (value: number) => (Number.isFinite(value) ? floatText(value) : JSON.stringify(jsonName(value))),
  },
  bq_numeric_json: {
    args: ['DECIMAL'],
    result: 'VARCHAR',
    run: (units: bigint) => {
      const text = numericText(units);
      return floatJson(Number(text)).replace(/\.0$/, '') === text ? text : JSON.stringify(text);
    },
  },
};

const jsonName = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
