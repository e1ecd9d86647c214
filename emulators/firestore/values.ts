import { invalid } from './errors.ts';
import type { WireTimestamp, WireValue } from './wire.ts';

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
const MAX_DEPTH = 20;

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
  if (type?.valueType !== 'stringValue' || type.stringValue !== '__vector__') return undefined;
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
  if (typeof input.stringValue === 'string')
    return { valueType: 'stringValue', stringValue: input.stringValue };
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
  if (depth > MAX_DEPTH) throw invalid(`${field}: nested deeper than ${MAX_DEPTH} levels.`);
  if (input.mapValue) {
    return {
      valueType: 'mapValue',
      mapValue: { fields: readFields(input.mapValue.fields ?? {}, field, depth + 1) },
    };
  }
  if (input.arrayValue) return readArray(input.arrayValue.values ?? [], field, depth);
  if (typeof input.referenceValue === 'string') {
    return { valueType: 'referenceValue', referenceValue: input.referenceValue };
  }
  if (input.bytesValue) return { valueType: 'bytesValue', bytesValue: Buffer.from(input.bytesValue) };
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
    if (key === '' || key.length > 1500) throw invalid(`${parent}: field names have 1 to 1,500 bytes.`);
    const value = input[key];
    if (value) fields[key] = readValue(value, depth === 0 ? key : `${parent}.${key}`, depth);
  }
  return fields;
}

export function isReserved(name: string): boolean {
  return name.length >= 4 && name.startsWith('__') && name.endsWith('__');
}
