import { createHash } from 'node:crypto';
import type { Collection } from '../define.ts';
import { type FieldError, Problem } from '../errors.ts';
import { type FieldType, fieldAt } from '../fields.ts';
import { META_FIELDS } from '../records/record.ts';

export type FilterOperator = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte' | 'in' | 'contains' | 'prefix';
const OPERATORS: readonly FilterOperator[] = ['ne', 'lt', 'lte', 'gt', 'gte', 'in', 'contains', 'prefix'];
const RANGE: readonly FilterOperator[] = ['lt', 'lte', 'gt', 'gte', 'prefix'];

export type Scalar = string | number | boolean;

export interface Filter {
  readonly field: string;
  readonly operator: FilterOperator;
  readonly value: Scalar | readonly Scalar[];
}

/** A list request, checked against the collection's declaration. */
export interface ListQuery {
  readonly filters: readonly Filter[];
  readonly sort: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[];
  readonly limit: number;
  readonly after: readonly unknown[] | undefined;
  readonly search: string | undefined;
  readonly fields: readonly string[] | undefined;
  /** Ties a cursor to the filters and the sort it was made for. */
  readonly shape: string;
}

export const MAX_LIMIT = 200;
const ALWAYS: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ['createdAt', { kind: 'instant', optional: false }],
  ['updatedAt', { kind: 'instant', optional: false }],
]);

/** Fields of a collection that lists may filter on, with their types. */
export function filterFields(collection: Collection): ReadonlyMap<string, FieldType> {
  return declared(collection, [...(collection.options.filters ?? []), ...(collection.options.lookups ?? [])]);
}

/** Fields of a collection that lists may sort on. */
export function sortFields(collection: Collection): ReadonlyMap<string, FieldType> {
  return declared(collection, collection.options.sorts ?? []);
}

function declared(collection: Collection, names: readonly string[]): ReadonlyMap<string, FieldType> {
  const fields = new Map(ALWAYS);
  for (const name of names) {
    const type = fieldAt(collection.fieldTypes, name);
    if (!type) throw new TypeError(`${collection.name}: no field ${name} to filter or sort on`);
    fields.set(name, type);
  }
  return fields;
}

/**
 * Reads `?status=paid&total.gte=100&sort=-createdAt&limit=25&cursor=…&q=…&fields=id,total`.
 * Throws a 400 Problem that names every parameter to correct.
 * @param tenantId cursors of another tenant are refused
 */
export function parseListQuery(
  collection: Collection,
  parameters: Readonly<Record<string, unknown>>,
  tenantId = '',
): ListQuery {
  const errors: FieldError[] = [];
  const refuse = (path: string, message: string, code: string): void =>
    void errors.push({ path, message, code });
  const filters: Filter[] = [];
  let { sort, limit, cursor, search, fields }: Partial<Record<string, string>> = {};
  for (const [name, raw] of Object.entries(parameters)) {
    if (typeof raw !== 'string') {
      refuse(name, 'Give this parameter once.', 'repeated');
      continue;
    }
    if (name === 'sort') sort = raw;
    else if (name === 'limit') limit = raw;
    else if (name === 'cursor') cursor = raw;
    else if (name === 'q') search = raw.trim().slice(0, 200) || undefined;
    else if (name === 'fields') fields = raw;
    else {
      const filter = parseFilter(collection, name, raw, refuse);
      if (filter) filters.push(filter);
    }
  }
  if (search && !collection.options.search)
    refuse('q', `${collection.name} has no text to search.`, 'unknown_parameter');
  const order = parseSort(collection, sort, filters, refuse);
  const size = limit === undefined ? 25 : Number(limit);
  if (!Number.isInteger(size) || size < 1 || size > MAX_LIMIT)
    refuse('limit', `Use a whole number from 1 to ${MAX_LIMIT}.`, 'out_of_range');
  const picked = fields?.split(',').filter(Boolean);
  for (const field of picked ?? [])
    if (!collection.fieldTypes.has(field) && !(META_FIELDS as readonly string[]).includes(field))
      refuse('fields', `There is no field ${field}.`, 'unknown_field');
  const shape = createHash('sha256')
    .update(JSON.stringify([tenantId, collection.name, filters, order, search]))
    .digest('base64url')
    .slice(0, 8);
  const after =
    cursor === undefined ? undefined : parseCursor(cursor, shape, search ? 1 : order.length + 1, refuse);
  if (errors.length > 0) throw new Problem('malformed', 'Some query parameters cannot be used.', { errors });
  return { filters, sort: order, limit: size, after, search, fields: picked, shape };
}

type Refuse = (path: string, message: string, code: string) => void;

function parseFilter(collection: Collection, name: string, raw: string, refuse: Refuse): Filter | undefined {
  const dot = name.lastIndexOf('.');
  const suffix = dot < 0 ? '' : name.slice(dot + 1);
  const known = OPERATORS.find((operator) => operator === suffix);
  const field = known ? name.slice(0, dot) : name;
  const allowed = filterFields(collection);
  const type = allowed.get(field);
  if (!type) {
    refuse(name, `Filter on one of: ${[...allowed.keys()].join(', ')}.`, 'unknown_parameter');
    return undefined;
  }
  const operator = known ?? (type.kind === 'array' ? 'contains' : 'eq');
  const scalar = type.kind === 'array' ? type.element : type;
  const texts = operator === 'in' ? raw.split(',') : [raw];
  if (texts.length > 30) refuse(name, 'Give at most 30 values.', 'too_many');
  if (operator === 'prefix' && scalar.kind !== 'string')
    refuse(name, 'Only text has prefixes.', 'bad_operator');
  const values = texts.map((text) => parseScalar(scalar, text));
  if (values.some((value) => value === undefined)) {
    refuse(
      name,
      `Give ${scalar.kind === 'enum' ? `one of ${scalar.values.join(', ')}` : `a value of type ${scalar.kind}`}.`,
      'bad_value',
    );
    return undefined;
  }
  const value = operator === 'in' ? (values as Scalar[]) : (values[0] as Scalar);
  return { field, operator, value };
}

function parseScalar(type: FieldType, text: string): Scalar | undefined {
  switch (type.kind) {
    case 'string':
      return text;
    case 'enum':
      return type.values.includes(text) ? text : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'integer':
    case 'number': {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      return Number.isFinite(value) ? value : undefined;
    }
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined;
    case 'instant': {
      // A plus sign of an offset arrives as a space when it was not percent-encoded.
      const time = Date.parse(text.replace(/ (\d{2}:\d{2})$/, '+$1'));
      return Number.isNaN(time) ? undefined : new Date(time).toISOString();
    }
    default:
      return undefined;
  }
}

function parseSort(
  collection: Collection,
  raw: string | undefined,
  filters: readonly Filter[],
  refuse: Refuse,
): ListQuery['sort'] {
  const allowed = sortFields(collection);
  if (raw === undefined) {
    // Without a wish, a range filter is served in the order of its own field: that is the order of its index.
    const range = filters.find((filter) => RANGE.includes(filter.operator) && allowed.has(filter.field));
    return range ? [{ field: range.field, direction: 'asc' }] : [{ field: 'createdAt', direction: 'desc' }];
  }
  const field = raw.replace(/^-/, '');
  if (!allowed.has(field))
    refuse(
      'sort',
      `Sort on one of: ${[...allowed.keys()].join(', ')}; a leading - is descending.`,
      'unknown_parameter',
    );
  return [{ field, direction: raw.startsWith('-') ? 'desc' : 'asc' }];
}

export const makeCursor = (shape: string, position: readonly unknown[]): string =>
  Buffer.from(JSON.stringify([shape, ...position])).toString('base64url');

function parseCursor(cursor: string, shape: string, length: number, refuse: Refuse): unknown[] | undefined {
  try {
    const [of, ...position] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    const last = position.at(-1);
    const placed =
      length === 1
        ? Number.isInteger(last) && Number(last) >= 0
        : typeof last === 'string' && /^\w+$/.test(last);
    if (
      of === shape &&
      position.length === length &&
      placed &&
      position.every((part) => part === null || typeof part !== 'object')
    )
      return position;
    refuse(
      'cursor',
      'This cursor belongs to another query: keep the filters and the sort of the first page.',
      'foreign_cursor',
    );
  } catch {
    refuse('cursor', 'This is not a cursor: pass nextCursor as it was given.', 'bad_cursor');
  }
  return undefined;
}
