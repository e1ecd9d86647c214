import type { StoredDocument } from './document.ts';
import { invalid } from './errors.ts';
import { type FieldPath, type FieldPathParser, valueAt } from './field-path.ts';
import { doubleValue, fitsInt64, integerValue, NULL, type Value } from './values.ts';
import type { WireAggregation } from './wire.ts';

export type Aggregation =
  | { alias: string; kind: 'count'; upTo: number | undefined }
  | { alias: string; kind: 'sum' | 'avg'; path: FieldPath };

function readUpTo(input: NonNullable<WireAggregation['count']>): number | undefined {
  const boxed = input.upTo;
  if (boxed === null || boxed === undefined) return undefined;
  const raw = typeof boxed === 'object' && 'value' in boxed ? (boxed.value ?? 0) : boxed;
  const upTo = Number(String(raw));
  if (!(upTo > 0)) throw invalid('count.upTo must be greater than zero.');
  return upTo;
}

export function readAggregations(
  inputs: WireAggregation[] | null | undefined,
  parser: FieldPathParser,
): Aggregation[] {
  const list = inputs ?? [];
  if (list.length === 0 || list.length > 5) throw invalid('A query has between 1 and 5 aggregations.');
  return list.map((input, i) => {
    const alias = input.alias || `field_${i + 1}`;
    if (input.count) return { alias, kind: 'count', upTo: readUpTo(input.count) };
    if (input.sum) return { alias, kind: 'sum', path: parser.parse(input.sum.field?.fieldPath ?? '') };
    if (input.avg) return { alias, kind: 'avg', path: parser.parse(input.avg.field?.fieldPath ?? '') };
    throw invalid(`Aggregation ${alias} has no operator.`);
  });
}

/** A running sum. Integers are exact until they leave 64 bits; from then on, or with any double, it is a double. */
class Sum {
  private integers = 0n;
  private doubles = 0;
  private anyDouble = false;
  private count = 0;

  add(value: Value): void {
    if (value.valueType === 'integerValue') this.integers += BigInt(value.integerValue);
    else if (value.valueType === 'doubleValue') {
      this.doubles += value.doubleValue;
      this.anyDouble = true;
    } else return;
    this.count++;
  }

  sum(): Value {
    if (!this.anyDouble && fitsInt64(this.integers)) return integerValue(this.integers);
    return doubleValue(Number(this.integers) + this.doubles);
  }

  average(): Value {
    return this.count === 0 ? NULL : doubleValue((Number(this.integers) + this.doubles) / this.count);
  }
}

/** The fields that documents must have to be counted at all: those that any sum or average names. */
export function aggregatedPaths(aggregations: readonly Aggregation[]): FieldPath[] {
  return aggregations.flatMap((aggregation) => (aggregation.kind === 'count' ? [] : [aggregation.path]));
}

/** Computes all aggregations in one pass. */
export function aggregate(
  aggregations: readonly Aggregation[],
  documents: Iterable<StoredDocument>,
): Record<string, Value> {
  let count = 0;
  const sums = aggregations.map(() => new Sum());
  for (const { fields } of documents) {
    count++;
    aggregations.forEach((aggregation, i) => {
      if (aggregation.kind === 'count') return;
      const value = valueAt(fields, aggregation.path.segments);
      if (value) sums[i]?.add(value);
    });
  }
  const result: Record<string, Value> = {};
  aggregations.forEach((aggregation, i) => {
    result[aggregation.alias] = resultOf(aggregation, count, sums[i] ?? new Sum());
  });
  return result;
}

function resultOf(aggregation: Aggregation, count: number, sum: Sum): Value {
  if (aggregation.kind === 'count')
    return integerValue(Math.min(count, aggregation.upTo ?? Number.POSITIVE_INFINITY));
  return aggregation.kind === 'sum' ? sum.sum() : sum.average();
}
