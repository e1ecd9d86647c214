/** Reads what a client sent, piece by piece, and says what is wrong with it. */

import { BigQueryError } from '@mewayz/googlesql';

export type Json = Readonly<Record<string, unknown>>;

const wrong = (name: string, wanted: string): BigQueryError =>
  new BigQueryError('invalid', `Invalid value for ${name}: ${wanted} expected`, { location: name });

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function object(value: unknown, name: string): Json {
  if (!isObject(value)) throw wrong(name, 'an object');
  return value;
}

export const optionalObject = (value: unknown, name: string): Json | undefined =>
  value === undefined || value === null ? undefined : object(value, name);

export function list(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrong(name, 'a list');
  return value;
}

export function optionalString(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrong(name, 'a string');
  return value;
}

export function string(value: unknown, name: string): string {
  const text = optionalString(value, name);
  if (text === undefined || text === '')
    throw new BigQueryError('required', `Required parameter is missing: ${name}`, { location: name });
  return text;
}

/** A whole number, which the API writes as a number or as text. */
export function optionalInt(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw wrong(name, 'a whole number');
  return number;
}

/** `true`, or the text of it, as query strings have it. */
export function flag(value: unknown, name: string): boolean {
  if (value === undefined || value === null || value === false || value === 'false' || value === '')
    return false;
  if (value === true || value === 'true') return true;
  throw wrong(name, 'a boolean');
}
