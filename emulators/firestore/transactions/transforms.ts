import type { WireTransform, WireValue } from '../door/wire.ts';
import { invalid } from '../errors.ts';
import { compareValues, Rank, rankOf } from '../values/compare.ts';
import { DOCUMENT_ID, type FieldPath, type FieldPathParser } from '../values/field-path.ts';
import {
  doubleValue,
  fromMicros,
  isNaNValue,
  NULL,
  readValue,
  saturated,
  timestampValue,
  type Value,
} from '../values/values.ts';

export type Transform =
  | { kind: 'requestTime'; path: FieldPath }
  | { kind: 'increment' | 'maximum' | 'minimum'; path: FieldPath; operand: Value }
  | { kind: 'append' | 'remove'; path: FieldPath; elements: Value[] };

function readElements(list: { values?: WireValue[] | null }, path: string): Value[] {
  const { arrayValue } = readValue({ arrayValue: list }, path) as Extract<Value, { valueType: 'arrayValue' }>;
  return arrayValue.values;
}

function readNumber(input: WireValue, path: string): Value {
  const value = readValue(input, path);
  if (rankOf(value) !== Rank.NUMBER && rankOf(value) !== Rank.NAN) {
    throw invalid(`${path}: a numeric transform needs a number.`);
  }
  return value;
}

export function readTransform(input: WireTransform, parser: FieldPathParser): Transform {
  const path = parser.parse(input.fieldPath ?? '');
  if (path.text === DOCUMENT_ID) throw invalid('A transform cannot change __name__.');
  if (input.increment) return { kind: 'increment', path, operand: readNumber(input.increment, path.text) };
  if (input.maximum) return { kind: 'maximum', path, operand: readNumber(input.maximum, path.text) };
  if (input.minimum) return { kind: 'minimum', path, operand: readNumber(input.minimum, path.text) };
  if (input.appendMissingElements) {
    return { kind: 'append', path, elements: readElements(input.appendMissingElements, path.text) };
  }
  if (input.removeAllFromArray) {
    return { kind: 'remove', path, elements: readElements(input.removeAllFromArray, path.text) };
  }
  if (input.setToServerValue === 'REQUEST_TIME' || input.setToServerValue === 1) {
    return { kind: 'requestTime', path };
  }
  throw invalid(`${path.text}: the transform has no known operation.`);
}

function isNumber(value: Value | undefined): value is Value {
  return value?.valueType === 'integerValue' || value?.valueType === 'doubleValue';
}

function toDouble(value: Value): number {
  if (value.valueType === 'doubleValue') return value.doubleValue;
  return value.valueType === 'integerValue' ? Number(value.integerValue) : Number.NaN;
}

function increment(current: Value, operand: Value): Value {
  if (current.valueType === 'integerValue' && operand.valueType === 'integerValue') {
    return saturated(BigInt(current.integerValue) + BigInt(operand.integerValue));
  }
  return doubleValue(toDouble(current) + toDouble(operand));
}

/** The larger or smaller of two numbers; of equal ones the field's own stays. NaN wins both ways. */
function extreme(current: Value, operand: Value, sign: 1 | -1): Value {
  if (isNaNValue(current)) return current;
  if (isNaNValue(operand)) return operand;
  return compareValues(operand, current) * sign > 0 ? operand : current;
}

function contains(values: readonly Value[], value: Value): boolean {
  return values.some((other) => compareValues(other, value) === 0);
}

/** The value that a transform leaves, and the result that the write reports. */
export function applyTransform(
  transform: Transform,
  current: Value | undefined,
  commitTime: number,
): { value: Value; result: Value } {
  switch (transform.kind) {
    case 'requestTime': {
      // Server timestamps have millisecond precision (google.firestore.v1.DocumentTransform).
      const value = timestampValue(fromMicros(commitTime - (commitTime % 1000)));
      return { value, result: value };
    }
    case 'increment':
    case 'maximum':
    case 'minimum': {
      const { operand } = transform;
      const value = !isNumber(current)
        ? operand
        : transform.kind === 'increment'
          ? increment(current, operand)
          : extreme(current, operand, transform.kind === 'maximum' ? 1 : -1);
      return { value, result: value };
    }
    case 'append': {
      const values = current?.valueType === 'arrayValue' ? [...current.arrayValue.values] : [];
      for (const element of transform.elements) if (!contains(values, element)) values.push(element);
      return { value: { valueType: 'arrayValue', arrayValue: { values } }, result: NULL };
    }
    case 'remove': {
      const kept = current?.valueType === 'arrayValue' ? current.arrayValue.values : [];
      const values = kept.filter((value) => !contains(transform.elements, value));
      return { value: { valueType: 'arrayValue', arrayValue: { values } }, result: NULL };
    }
  }
}
