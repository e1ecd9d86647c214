import type { WireAggregation, WireFieldReference } from '../door/wire.ts';
import { invalid } from '../errors.ts';
import type { StoredDocument } from '../values/document.ts';
import { DOCUMENT_ID, type FieldPath, type FieldPathParser, valueAt } from '../values/field-path.ts';
import { doubleValue, fitsInt64, integerValue, NULL, type Value } from '../values/values.ts';

const MAX_AGGREGATIONS = 5;

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
  if (list.length === 0) throw invalid('aggregations must not be empty.');
  if (list.length > MAX_AGGREGATIONS) {
    throw invalid(
      `The maximum number of aggregations allowed in an aggregation query is ${MAX_AGGREGATIONS}. Received: ${list.length}`,
    );
  }
  const aliases = new Set(list.flatMap(({ alias }) => alias || []));
  if (aliases.size < list.filter(({ alias }) => alias).length) {
    throw invalid('aggregations: each alias must be used once.');
  }
  let unnamed = 0;
  return list.map((input) => {
    const alias = input.alias || freeAlias(aliases, () => ++unnamed);
    if (input.count) return { alias, kind: 'count', upTo: readUpTo(input.count) };
    if (input.sum) return { alias, kind: 'sum', path: readPath(input.sum.field, parser) };
    if (input.avg) return { alias, kind: 'avg', path: readPath(input.avg.field, parser) };
    throw invalid(`aggregations: ${alias} has no operator.`);
  });
}

/** The server names what the client does not: field_1, field_2 and so on. */
function freeAlias(taken: ReadonlySet<string>, next: () => number): string {
  for (;;) {
    const alias = `field_${next()}`;
    if (!taken.has(alias)) return alias;
  }
}

function readPath(field: WireFieldReference | null | undefined, parser: FieldPathParser): FieldPath {
  const path = parser.parse(field?.fieldPath ?? '');
  if (path.text === DOCUMENT_ID) throw invalid('aggregations: __name__ cannot be aggregated.');
  return path;
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
