import type { WireFilter, WireValue } from '../door/wire.ts';
import { invalid } from '../errors.ts';
import { compareValues, Rank, rankOf } from '../values/compare.ts';
import type { StoredDocument } from '../values/document.ts';
import { DOCUMENT_ID, type FieldPath, type FieldPathParser, valueAt } from '../values/field-path.ts';
import { parseDocumentName } from '../values/names.ts';
import { doubleValue, isNaNValue, NULL, readValue, referenceValue, type Value } from '../values/values.ts';

type Operator =
  | '<'
  | '<='
  | '>'
  | '>='
  | '=='
  | '!='
  | 'array-contains'
  | 'in'
  | 'array-contains-any'
  | 'not-in';

export interface FieldFilter {
  path: FieldPath;
  op: Operator;
  value: Value;
}

export type Filter = FieldFilter | { op: 'and' | 'or'; filters: Filter[] };

/** Numbers as in StructuredQuery.FieldFilter.Operator, names as clients send them. */
const OPERATORS: Record<string, Operator> = {
  LESS_THAN: '<',
  1: '<',
  LESS_THAN_OR_EQUAL: '<=',
  2: '<=',
  GREATER_THAN: '>',
  3: '>',
  GREATER_THAN_OR_EQUAL: '>=',
  4: '>=',
  EQUAL: '==',
  5: '==',
  NOT_EQUAL: '!=',
  6: '!=',
  ARRAY_CONTAINS: 'array-contains',
  7: 'array-contains',
  IN: 'in',
  8: 'in',
  ARRAY_CONTAINS_ANY: 'array-contains-any',
  9: 'array-contains-any',
  NOT_IN: 'not-in',
  10: 'not-in',
};

const UNARY: Record<string, { op: Operator; value: Value }> = {
  IS_NAN: { op: '==', value: doubleValue(Number.NaN) },
  2: { op: '==', value: doubleValue(Number.NaN) },
  IS_NULL: { op: '==', value: NULL },
  3: { op: '==', value: NULL },
  IS_NOT_NAN: { op: '!=', value: doubleValue(Number.NaN) },
  4: { op: '!=', value: doubleValue(Number.NaN) },
  IS_NOT_NULL: { op: '!=', value: NULL },
  5: { op: '!=', value: NULL },
};

const MAX_DISJUNCTS = 30;
const MAX_NOT_IN = 10;
const MAX_FILTERS = 100;

/** Whether the operator is an inequality, which the results are ordered by. */
export function isRange(op: string): boolean {
  return op === '<' || op === '<=' || op === '>' || op === '>=' || op === '!=' || op === 'not-in';
}

export function elementsOf(value: Value): Value[] {
  return value.valueType === 'arrayValue' ? value.arrayValue.values : [];
}

function checkNameOperand(value: Value): void {
  if (value.valueType !== 'referenceValue')
    throw invalid('where: __name__ is compared with references only.');
  parseDocumentName(value.referenceValue);
}

const NEGATIVE: readonly string[] = ['!=', 'not-in'];

/** What Firestore allows only once in a query, or not together, however the filters are nested. */
function checkTogether(filter: Filter): void {
  const ops = operatorsOf(filter);
  const negative = ops.filter((op) => NEGATIVE.includes(op)).length;
  if (negative > 1) {
    throw invalid(
      "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed per query.",
    );
  }
  if (ops.includes('not-in') && (ops.includes('in') || ops.includes('array-contains-any'))) {
    throw invalid("'NOT_IN' cannot be used in the same query with 'IN' or 'ARRAY_CONTAINS_ANY'.");
  }
}

function operatorsOf(filter: Filter): Operator[] {
  return 'filters' in filter ? filter.filters.flatMap(operatorsOf) : [filter.op];
}

function readFieldFilter(
  input: NonNullable<WireFilter['fieldFilter']>,
  parser: FieldPathParser,
): FieldFilter {
  const path = parser.parse(input.field?.fieldPath ?? '');
  const op = OPERATORS[String(input.op ?? '')];
  if (!op) throw invalid(`where: unknown operator "${String(input.op)}" on ${path.text}.`);
  const list = op === 'in' || op === 'not-in' || op === 'array-contains-any';
  const value = readOperand(input.value ?? {}, path, list);
  if (list) {
    const elements = elementsOf(value);
    const name = op.replaceAll('-', '_').toUpperCase();
    if (elements.length === 0)
      throw invalid(`where ${path.text}: '${name}' requires a non-empty ArrayValue.`);
    const maximum = op === 'not-in' ? MAX_NOT_IN : MAX_DISJUNCTS;
    if (elements.length > maximum) {
      throw invalid(`where ${path.text}: '${name}' supports up to ${maximum} comparison values.`);
    }
  }
  if (path.text === DOCUMENT_ID) {
    if (op === 'array-contains' || op === 'array-contains-any') {
      throw invalid(`where: ${op} cannot be used on __name__.`);
    }
    for (const operand of list ? elementsOf(value) : [value]) checkNameOperand(operand);
  }
  return { path, op, value };
}

/** The list of a list operator may hold arrays, which no array in a document may. */
function readOperand(input: WireValue, path: FieldPath, list: boolean): Value {
  const field = `where ${path.text}`;
  if (!list || !input.arrayValue) return readValue(input, field);
  const values = (input.arrayValue.values ?? []).map((element) => readValue(element, field));
  return { valueType: 'arrayValue', arrayValue: { values } };
}

function readOne(input: WireFilter, parser: FieldPathParser, budget: { filters: number }): Filter {
  if (++budget.filters > MAX_FILTERS) throw invalid(`where: more than ${MAX_FILTERS} filters.`);
  if (input.fieldFilter) return readFieldFilter(input.fieldFilter, parser);
  if (input.unaryFilter) {
    const unary = UNARY[String(input.unaryFilter.op ?? '')];
    if (!unary) throw invalid(`where: unknown unary operator "${String(input.unaryFilter.op)}".`);
    return { path: parser.parse(input.unaryFilter.field?.fieldPath ?? ''), ...unary };
  }
  const composite = input.compositeFilter;
  if (!composite) throw invalid('where: the filter is empty.');
  const or = composite.op === 'OR' || composite.op === 2;
  if (!or && composite.op !== 'AND' && composite.op !== 1)
    throw invalid('where: a composite filter is AND or OR.');
  const filters = (composite.filters ?? []).map((filter) => readOne(filter, parser, budget));
  if (filters.length === 0) throw invalid('where: a composite filter has no filters.');
  return { op: or ? 'or' : 'and', filters };
}

export function readFilter(input: WireFilter, parser: FieldPathParser): Filter {
  const filter = readOne(input, parser, { filters: 0 });
  checkTogether(filter);
  return filter;
}

/** The filter as an OR of ANDs; `in` and `array-contains-any` become ORs. At most 30 terms, as Firestore allows. */
export function toDisjuncts(filter: Filter): FieldFilter[][] {
  const disjuncts = expand(filter);
  for (const terms of disjuncts) {
    if (terms.filter(({ op }) => op === 'array-contains').length > 1) {
      throw invalid("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.");
    }
  }
  if (disjuncts.length > MAX_DISJUNCTS) {
    throw invalid(
      `The query has ${disjuncts.length} disjunctions after normalisation; at most ${MAX_DISJUNCTS} are supported.`,
    );
  }
  return disjuncts;
}

function expand(filter: Filter): FieldFilter[][] {
  if ('filters' in filter) {
    const parts = filter.filters.map(expand);
    if (filter.op === 'or') return parts.flat();
    return parts.reduce<FieldFilter[][]>(
      (terms, part) => {
        if (terms.length * part.length > 1000) throw invalid('where: too many disjunctions.');
        return terms.flatMap((term) => part.map((more) => [...term, ...more]));
      },
      [[]],
    );
  }
  const { path, op, value } = filter;
  if (op === 'in') return matchableElements(value).map((element) => [{ path, op: '==', value: element }]);
  if (op === 'array-contains-any') {
    return matchableElements(value).map((element) => [{ path, op: 'array-contains', value: element }]);
  }
  return op === 'array-contains' && !matchable(value) ? [] : [[filter]];
}

/** Null and NaN are found by `==` only: as operands of `in` and of the array operators they match nothing. */
function matchable(operand: Value): boolean {
  return operand.valueType !== 'nullValue' && !isNaNValue(operand);
}

function matchableElements(list: Value): Value[] {
  return elementsOf(list).filter(matchable);
}

function holds(op: Operator, value: Value, operand: Value): boolean {
  switch (op) {
    case '==':
      return compareValues(value, operand) === 0;
    case '!=':
      return rankOf(value) !== Rank.NULL && compareValues(value, operand) !== 0;
    case 'in':
      return matchableElements(operand).some((element) => compareValues(value, element) === 0);
    case 'not-in':
      return (
        rankOf(value) !== Rank.NULL &&
        elementsOf(operand).every(
          (element) => element.valueType !== 'nullValue' && compareValues(value, element) !== 0,
        )
      );
    case 'array-contains':
      return matchable(operand) && elementsOf(value).some((element) => compareValues(element, operand) === 0);
    case 'array-contains-any':
      return elementsOf(operand).some((other) => holds('array-contains', value, other));
  }
  // Ranges match the operand's type only; NaN is comparable to nothing.
  if (rankOf(value) !== rankOf(operand) || isNaNValue(operand)) return false;
  const order = compareValues(value, operand);
  if (op === '<') return order < 0;
  if (op === '<=') return order <= 0;
  return op === '>' ? order > 0 : order >= 0;
}

export function matchesFilter(document: StoredDocument, { path, op, value }: FieldFilter): boolean {
  const actual =
    path.text === DOCUMENT_ID ? referenceValue(document.name) : valueAt(document.fields, path.segments);
  return actual !== undefined && holds(op, actual, value);
}

export function matches(document: StoredDocument, filter: Filter | undefined): boolean {
  if (!filter) return true;
  if (!('filters' in filter)) return matchesFilter(document, filter);
  return filter.op === 'and'
    ? filter.filters.every((inner) => matches(document, inner))
    : filter.filters.some((inner) => matches(document, inner));
}
