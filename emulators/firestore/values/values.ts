import type { WireTimestamp, WireValue } from '../door/wire.ts';
import { FirestoreError, invalid } from '../errors.ts';
import { isReserved, parseDocumentName } from './names.ts';

/** A point in time as Google's clients read it; nanos are whole microseconds. */
export interface Timestamp {
  seconds: number;
  nanos: number;
}

export type Fields = Record<string, Value>;

/** A field value in canonical form. Treat it as immutable: documents in the cache share it. */
export type Value =
  | { valueType: 'nullValue'; nullValue: 'NULL_VALUE' }
  | { valueType: 'booleanValue'; booleanValue: boolean }
  /** A number when it is a safe integer, else a decimal string. */
  | { valueType: 'integerValue'; integerValue: number | string }
  | { valueType: 'doubleValue'; doubleValue: number }
  | { valueType: 'timestampValue'; timestampValue: Timestamp }
  | { valueType: 'stringValue'; stringValue: string }
  | { valueType: 'bytesValue'; bytesValue: Buffer }
  | { valueType: 'referenceValue'; referenceValue: string }
  | { valueType: 'geoPointValue'; geoPointValue: { latitude: number; longitude: number } }
  | { valueType: 'arrayValue'; arrayValue: { values: Value[] } }
  | { valueType: 'mapValue'; mapValue: { fields: Fields } };

export const NULL: Value = { valueType: 'nullValue', nullValue: 'NULL_VALUE' };
/** https://firebase.google.com/docs/firestore/quotas */
const MAX_DEPTH = 20;
const MAX_VALUE_BYTES = 1_048_487;
const MAX_KEY_BYTES = 1500;
export const MAX_DIMENSIONS = 2048;

const VECTOR = '__vector__';
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;

export function integerValue(value: number | bigint): Value {
  return {
    valueType: 'integerValue',
    integerValue: Number.isSafeInteger(Number(value)) ? Number(value) : String(value),
  };
}

/** An int64 result, held at the ends of the range as Firestore's increment does. */
export function saturated(value: bigint): Value {
  return integerValue(value > MAX_INT64 ? MAX_INT64 : value < MIN_INT64 ? MIN_INT64 : value);
}

export function fitsInt64(value: bigint): boolean {
  return value >= MIN_INT64 && value <= MAX_INT64;
}

export function doubleValue(value: number): Value {
  return { valueType: 'doubleValue', doubleValue: value };
}

export function stringValue(value: string): Value {
  return { valueType: 'stringValue', stringValue: value };
}

export function referenceValue(value: string): Value {
  return { valueType: 'referenceValue', referenceValue: value };
}

export function timestampValue(value: Timestamp): Value {
  return { valueType: 'timestampValue', timestampValue: value };
}

/** The numbers of a vector, or undefined when the value is not one. A vector travels as a map of a reserved shape. */
export function vectorOf(value: Value): Value[] | undefined {
  if (value.valueType !== 'mapValue') return undefined;
  const type = value.mapValue.fields.__type__;
  if (type?.valueType !== 'stringValue' || type.stringValue !== VECTOR) return undefined;
  const elements = value.mapValue.fields.value;
  return elements?.valueType === 'arrayValue' ? elements.arrayValue.values : undefined;
}

export function isNaNValue(value: Value): boolean {
  return value.valueType === 'doubleValue' && Number.isNaN(value.doubleValue);
}

/** Microseconds since the epoch; exact until the year 2255, which commit times stay within. */
export function toMicros(time: Timestamp): number {
  return time.seconds * 1_000_000 + Math.floor(time.nanos / 1000);
}

export function fromMicros(micros: number): Timestamp {
  const seconds = Math.floor(micros / 1_000_000);
  return { seconds, nanos: (micros - seconds * 1_000_000) * 1000 };
}

/** Reads a timestamp and truncates it to microseconds. */
export function readTimestamp(input: WireTimestamp, field: string): Timestamp {
  const seconds = Number(input.seconds ?? 0);
  const nanos = Number(input.nanos ?? 0);
  if (!Number.isInteger(seconds) || seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw invalid(`${field}: timestamp seconds must be between year 1 and year 9999.`);
  }
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) {
    throw invalid(`${field}: timestamp nanos must be between 0 and 999,999,999.`);
  }
  return { seconds, nanos: nanos - (nanos % 1000) };
}

function readInteger(input: NonNullable<WireValue['integerValue']>, field: string): Value {
  if (typeof input === 'number' && Number.isSafeInteger(input)) {
    return { valueType: 'integerValue', integerValue: input === 0 ? 0 : input };
  }
  let exact: bigint;
  try {
    exact = BigInt(typeof input === 'number' ? input : String(input));
  } catch {
    throw invalid(`${field}: "${String(input)}" is not a 64-bit integer.`);
  }
  if (!fitsInt64(exact)) throw invalid(`${field}: integer is out of the 64-bit range.`);
  return integerValue(exact);
}

function readGeoPoint(point: NonNullable<WireValue['geoPointValue']>, field: string): Value {
  const latitude = point.latitude ?? 0;
  const longitude = point.longitude ?? 0;
  if (!(latitude >= -90 && latitude <= 90)) throw invalid(`${field}: latitude must be between -90 and 90.`);
  if (!(longitude >= -180 && longitude <= 180)) {
    throw invalid(`${field}: longitude must be between -180 and 180.`);
  }
  return { valueType: 'geoPointValue', geoPointValue: { latitude, longitude } };
}

function checkLength(bytes: number, field: string): void {
  if (bytes > MAX_VALUE_BYTES) {
    throw invalid(`The value of property "${field}" is longer than ${MAX_VALUE_BYTES} bytes.`);
  }
}

function readString(text: string, field: string): Value {
  if (!text.isWellFormed()) throw invalid(`${field}: the text is not valid Unicode.`);
  if (text.length > MAX_VALUE_BYTES / 3) checkLength(Buffer.byteLength(text), field);
  return { valueType: 'stringValue', stringValue: text };
}

function readReference(name: string, field: string): Value {
  try {
    parseDocumentName(name);
  } catch (error) {
    throw error instanceof FirestoreError ? invalid(`${field}: ${error.details}`) : error;
  }
  return { valueType: 'referenceValue', referenceValue: name };
}

function isNumeric({ valueType }: Value): boolean {
  return valueType === 'doubleValue' || valueType === 'integerValue';
}

/** A map that says it is a vector has to be one. */
function readMap(input: Record<string, WireValue>, field: string, depth: number): Value {
  const map: Value = { valueType: 'mapValue', mapValue: { fields: readFields(input, field, depth) } };
  const type = map.mapValue.fields.__type__;
  if (type?.valueType !== 'stringValue' || type.stringValue !== VECTOR) return map;
  const numbers = vectorOf(map);
  if (!numbers?.every(isNumeric) || numbers.length > MAX_DIMENSIONS) {
    throw invalid(`${field}: a vector is a list of at most ${MAX_DIMENSIONS} numbers.`);
  }
  return map;
}

function readArray(input: WireValue[], field: string, depth: number): Value {
  const values = new Array<Value>(input.length);
  for (let i = 0; i < input.length; i++) {
    const element = input[i] ?? {};
    if (element.arrayValue) throw invalid(`${field}: cannot convert an array value in an array value.`);
    values[i] = readValue(element, field, depth + 1);
  }
  return { valueType: 'arrayValue', arrayValue: { values } };
}

/**
 * Reads a value into canonical form; throws INVALID_ARGUMENT naming `field` when it is not a Firestore value.
 */
export function readValue(input: WireValue, field: string, depth = 0): Value {
  if (typeof input.stringValue === 'string') return readString(input.stringValue, field);
  if (input.integerValue !== undefined && input.integerValue !== null) {
    return readInteger(input.integerValue, field);
  }
  if (typeof input.booleanValue === 'boolean') {
    return { valueType: 'booleanValue', booleanValue: input.booleanValue };
  }
  if (input.timestampValue) {
    return { valueType: 'timestampValue', timestampValue: readTimestamp(input.timestampValue, field) };
  }
  if (input.doubleValue !== undefined && input.doubleValue !== null) {
    return { valueType: 'doubleValue', doubleValue: Number(input.doubleValue) };
  }
  if (input.mapValue || input.arrayValue) {
    if (depth >= MAX_DEPTH) throw invalid(`${field}: nested deeper than ${MAX_DEPTH} levels.`);
    if (input.mapValue) return readMap(input.mapValue.fields ?? {}, field, depth + 1);
    return readArray(input.arrayValue?.values ?? [], field, depth);
  }
  if (typeof input.referenceValue === 'string') return readReference(input.referenceValue, field);
  if (input.bytesValue) {
    checkLength(input.bytesValue.length, field);
    return { valueType: 'bytesValue', bytesValue: Buffer.from(input.bytesValue) };
  }
  if (input.geoPointValue) return readGeoPoint(input.geoPointValue, field);
  if (input.nullValue !== undefined && input.nullValue !== null) return NULL;
  throw invalid(`${field}: the value has no type.`);
}

/** Reads a map of fields in canonical key order; reserved names (`__x__`) are refused. */
export function readFields(input: Record<string, WireValue>, parent: string, depth = 0): Fields {
  const fields: Fields = {};
  for (const key of Object.keys(input).sort()) {
    if (key.charCodeAt(0) === 95 && isReserved(key) && key !== '__type__') {
      throw invalid(`${parent}: field name "${key}" is reserved.`);
    }
    if (!key.isWellFormed()) throw invalid(`${parent}: the field name "${key}" is not valid Unicode.`);
    if (key === '' || (key.length > MAX_KEY_BYTES / 3 && Buffer.byteLength(key) > MAX_KEY_BYTES)) {
      throw invalid(`${parent}: the field name "${key.slice(0, 80)}" has not 1 to ${MAX_KEY_BYTES} bytes.`);
    }
    const value = input[key];
    if (value) fields[key] = readValue(value, depth === 0 ? key : `${parent}.${key}`, depth);
  }
  return fields;
}
