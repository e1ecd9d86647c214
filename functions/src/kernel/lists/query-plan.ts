import type { RecordFilter } from '../access.ts';
import type { Collection } from '../define.ts';
import { type FieldType, fieldAt } from '../fields.ts';
import type { Filter, ListQuery, Scalar } from './list-query.ts';

/** The part of a query its index serves, and the filters that remain to be checked on each record. */
export interface Plan {
  readonly where: readonly (readonly [
    string,
    '==' | '<' | '<=' | '>' | '>=' | 'in' | 'array-contains',
    unknown,
  ])[];
  readonly residual: readonly Filter[];
  /** Whether the index gives the order, or the few records of a look-up are sorted in memory. */
  readonly order: 'index' | 'memory';
}

const NATIVE_RANGE = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
const RANGED: readonly FieldType['kind'][] = ['number', 'integer', 'instant', 'date'];

/**
 * Whether a composite index joins a filter and a sort. Numbers and times are filtered by range, which no such index
 * serves; and no filter is joined with updatedAt, since its entries would be written anew with every change.
 */
export function isJoined(collection: Collection, field: string, sort: string): boolean {
  if (sort === field || sort === 'updatedAt' || !(collection.options.filters ?? []).includes(field))
    return false;
  const type = fieldAt(collection.fieldTypes, field);
  return type !== undefined && !RANGED.includes(type.kind);
}

/**
 * Equality merges with a sort where an index joins them, and a range is native on the sorted field. What is left is
 * checked record by record, along the index of the sort.
 * @param prefer `index` when a look-up turned out to pick too many records to sort in memory
 */
export function planQuery(
  collection: Collection,
  query: Pick<ListQuery, 'filters' | 'sort'>,
  access: RecordFilter,
  prefer: Plan['order'] = 'memory',
): Plan {
  const filters: readonly Filter[] = [
    ...Object.entries(access).map(([field, value]): Filter => ({ field, operator: 'eq', value })),
    ...query.filters,
  ];
  const lookup = filters.find(
    ({ field, operator }) => operator === 'eq' && collection.options.lookups?.includes(field),
  );
  if (lookup && prefer === 'memory')
    return {
      where: [[lookup.field, '==', lookup.value]],
      residual: filters.filter((filter) => filter !== lookup),
      order: 'memory',
    };
  const sort = query.sort[0]?.field ?? 'createdAt';
  const where: Plan['where'][number][] = [];
  const residual: Filter[] = [];
  for (const filter of filters) {
    const native = nativeFilter(collection, filter, sort, where);
    if (native.length > 0) where.push(...native);
    else residual.push(filter);
  }
  return { where, residual, order: 'index' };
}

function nativeFilter(
  collection: Collection,
  { field, operator, value }: Filter,
  sort: string,
  taken: Plan['where'],
): Plan['where'] {
  if (field === sort) {
    if (operator in NATIVE_RANGE)
      return [[field, NATIVE_RANGE[operator as keyof typeof NATIVE_RANGE], value]];
    if (operator === 'eq')
      return [
        [field, '>=', value],
        [field, '<=', value],
      ];
    return operator === 'prefix'
      ? [
          [field, '>=', value],
          [field, '<', `${String(value)}\u{10ffff}`],
        ]
      : [];
  }
  if (!isJoined(collection, field, sort)) return [];
  const isArray = fieldAt(collection.fieldTypes, field)?.kind === 'array';
  // Firestore takes one `array-contains` and one `in` a query.
  if (isArray)
    return operator === 'contains' && !taken.some(([, used]) => used === 'array-contains')
      ? [[field, 'array-contains', value]]
      : [];
  if (operator === 'eq') return [[field, '==', value]];
  return operator === 'in' && !taken.some(([, used]) => used === 'in') ? [[field, 'in', value]] : [];
}

/** Whether a record passes a filter; a missing field passes none, not even `ne`, as in Firestore. */
export function matches(filter: Filter, record: Readonly<Record<string, unknown>>): boolean {
  const value = filter.field
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], record);
  if (value === undefined || value === null) return false;
  const operand = filter.value;
  switch (filter.operator) {
    case 'eq':
      return value === operand;
    case 'ne':
      return value !== operand;
    case 'in':
      return (operand as readonly unknown[]).includes(value);
    case 'contains':
      return Array.isArray(value)
        ? value.includes(operand)
        : String(value).toLocaleLowerCase().includes(String(operand).toLocaleLowerCase());
    case 'prefix':
      return String(value).startsWith(String(operand));
    case 'lt':
      return value < (operand as Scalar);
    case 'lte':
      return value <= (operand as Scalar);
    case 'gt':
      return value > (operand as Scalar);
    case 'gte':
      return value >= (operand as Scalar);
  }
}
