import { isNaNValue, type Value, vectorOf } from './values.ts';

/**
 * The order of types in Firestore. NaN has its own place below all other numbers.
 * https://firebase.google.com/docs/firestore/manage-data/data-types
 */
export const Rank = {
  NULL: 0x10,
  BOOLEAN: 0x18,
  NAN: 0x20,
  NUMBER: 0x28,
  TIMESTAMP: 0x30,
  STRING: 0x38,
  BYTES: 0x40,
  REFERENCE: 0x48,
  GEO_POINT: 0x50,
  ARRAY: 0x58,
  VECTOR: 0x60,
  MAP: 0x68,
} as const;

export type Rank = (typeof Rank)[keyof typeof Rank];

export function rankOf(value: Value): Rank {
  switch (value.valueType) {
    case 'nullValue':
      return Rank.NULL;
    case 'booleanValue':
      return Rank.BOOLEAN;
    case 'integerValue':
      return Rank.NUMBER;
    case 'doubleValue':
      return isNaNValue(value) ? Rank.NAN : Rank.NUMBER;
    case 'timestampValue':
      return Rank.TIMESTAMP;
    case 'stringValue':
      return Rank.STRING;
    case 'bytesValue':
      return Rank.BYTES;
    case 'referenceValue':
      return Rank.REFERENCE;
    case 'geoPointValue':
      return Rank.GEO_POINT;
    case 'arrayValue':
      return Rank.ARRAY;
    case 'mapValue':
      return vectorOf(value) ? Rank.VECTOR : Rank.MAP;
  }
}

/** Orders strings by their UTF-8 bytes; UTF-16 order differs from it only where surrogates meet U+E000–U+FFFF. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const surrogateX = x >= 0xd800 && x <= 0xdfff;
      const surrogateY = y >= 0xd800 && y <= 0xdfff;
      if (surrogateX !== surrogateY) return surrogateX ? 1 : -1;
      return x - y;
    }
  }
  return a.length - b.length;
}

const NUMERIC_ID = /^__id(-?\d+)__$/;

/** The number of an id of the form `__id7__`, which sorts before all other ids and by its number. */
export function numericId(segment: string): bigint | undefined {
  if (segment.charCodeAt(0) !== 95) return undefined;
  const match = NUMERIC_ID.exec(segment);
  return match?.[1] === undefined ? undefined : BigInt(match[1]);
}

function compareSegments(a: string, b: string): number {
  const x = numericId(a);
  const y = numericId(b);
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (x !== undefined) return -1;
  if (y !== undefined) return 1;
  return compareStrings(a, b);
}

/** Orders resource names segment by segment. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const x = a.split('/');
  const y = b.split('/');
  const length = Math.min(x.length, y.length);
  for (let i = 0; i < length; i++) {
    const order = compareSegments(x[i] ?? '', y[i] ?? '');
    if (order !== 0) return order;
  }
  return x.length - y.length;
}

function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders an integer beyond 2^53 against any other number exactly. */
function compareExact(a: bigint, b: bigint | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type NumberValue = Extract<Value, { valueType: 'integerValue' | 'doubleValue' }>;

function numberOf(value: NumberValue): number | bigint {
  if (value.valueType === 'doubleValue') return value.doubleValue;
  return typeof value.integerValue === 'number' ? value.integerValue : BigInt(value.integerValue);
}

function compareNumeric(a: NumberValue, b: NumberValue): number {
  const x = numberOf(a);
  const y = numberOf(b);
  if (typeof x === 'number' && typeof y === 'number') return compareNumbers(x, y);
  if (typeof x === 'bigint') return compareExact(x, y);
  return typeof y === 'bigint' ? -compareExact(y, x) : 0;
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a[i];
    const y = b[i];
    const order = x && y ? compareValues(x, y) : 0;
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareMaps(a: Record<string, Value>, b: Record<string, Value>): number {
  const keysA = Object.keys(a).sort(compareStrings);
  const keysB = Object.keys(b).sort(compareStrings);
  const length = Math.min(keysA.length, keysB.length);
  for (let i = 0; i < length; i++) {
    const keyA = keysA[i] ?? '';
    const keyB = keysB[i] ?? '';
    const byKey = compareStrings(keyA, keyB);
    if (byKey !== 0) return byKey;
    const x = a[keyA];
    const y = b[keyB];
    const byValue = x && y ? compareValues(x, y) : 0;
    if (byValue !== 0) return byValue;
  }
  return keysA.length - keysB.length;
}

/** The total order of Firestore values. Zero means equal to a query: 1 and 1.0 are, 0.0 and -0.0 are. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  switch (a.valueType) {
    case 'nullValue':
      return 0;
    case 'booleanValue':
      return b.valueType === 'booleanValue' ? Number(a.booleanValue) - Number(b.booleanValue) : 0;
    case 'integerValue':
      return b.valueType === 'integerValue' || b.valueType === 'doubleValue' ? compareNumeric(a, b) : 0;
    case 'doubleValue':
      if (Number.isNaN(a.doubleValue)) return 0;
      return b.valueType === 'integerValue' || b.valueType === 'doubleValue' ? compareNumeric(a, b) : 0;
    case 'timestampValue':
      if (b.valueType !== 'timestampValue') return 0;
      return (
        a.timestampValue.seconds - b.timestampValue.seconds || a.timestampValue.nanos - b.timestampValue.nanos
      );
    case 'stringValue':
      return b.valueType === 'stringValue' ? compareStrings(a.stringValue, b.stringValue) : 0;
    case 'bytesValue':
      return b.valueType === 'bytesValue' ? Buffer.compare(a.bytesValue, b.bytesValue) : 0;
    case 'referenceValue':
      return b.valueType === 'referenceValue' ? compareNames(a.referenceValue, b.referenceValue) : 0;
    case 'geoPointValue':
      if (b.valueType !== 'geoPointValue') return 0;
      return (
        compareNumbers(a.geoPointValue.latitude, b.geoPointValue.latitude) ||
        compareNumbers(a.geoPointValue.longitude, b.geoPointValue.longitude)
      );
    case 'arrayValue':
      return b.valueType === 'arrayValue' ? compareArrays(a.arrayValue.values, b.arrayValue.values) : 0;
    case 'mapValue': {
      if (b.valueType !== 'mapValue') return 0;
      const x = vectorOf(a);
      const y = vectorOf(b);
      if (x && y) return x.length - y.length || compareArrays(x, y);
      return compareMaps(a.mapValue.fields, b.mapValue.fields);
    }
  }
}

/** Whether two values are stored alike: 1 and 1.0 are equal to a query, but they are not identical. */
export function identical(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.valueType !== b.valueType) return false;
  if (a.valueType === 'doubleValue' && b.valueType === 'doubleValue') {
    return Object.is(a.doubleValue, b.doubleValue);
  }
  if (a.valueType === 'geoPointValue' && b.valueType === 'geoPointValue') {
    return (
      Object.is(a.geoPointValue.latitude, b.geoPointValue.latitude) &&
      Object.is(a.geoPointValue.longitude, b.geoPointValue.longitude)
    );
  }
  if (a.valueType === 'arrayValue' && b.valueType === 'arrayValue') {
    const other = b.arrayValue.values;
    return (
      a.arrayValue.values.length === other.length &&
      a.arrayValue.values.every((value, i) => {
        const match = other[i];
        return match !== undefined && identical(value, match);
      })
    );
  }
  if (a.valueType === 'mapValue' && b.valueType === 'mapValue') {
    return identicalFields(a.mapValue.fields, b.mapValue.fields);
  }
  return compareValues(a, b) === 0;
}

export function identicalFields(a: Record<string, Value>, b: Record<string, Value>): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    const x = a[key];
    const y = b[key];
    if (!x || !y || !identical(x, y)) return false;
  }
  return true;
}
