import type { FieldType } from '../fields.ts';

/** A column of an exported table: the dotted path is its header, so that an import of the file finds its fields. */
export interface Column {
  readonly path: string;
  readonly type: FieldType;
}

/**
 * The columns of a record's fields: nested objects become dotted columns, everything else is one column. The elements
 * of `lines` get columns of their own (`lines.sku`), for `lineRows` to fill.
 */
export function columnsOf(fields: ReadonlyMap<string, FieldType>, lines?: string, prefix = ''): Column[] {
  return [...fields].flatMap(([name, type]): Column[] => {
    const inner = name === lines && type.kind === 'array' ? type.element : type;
    const nested = inner.kind === 'object' && inner.fields.size > 0;
    return nested ? columnsOf(inner.fields, undefined, `${prefix}${name}.`) : [{ path: prefix + name, type }];
  });
}

/**
 * A record as one row for each of its lines. What it says of itself stands on the first one only, so that a column can
 * be summed; the key stands on all, so that an import finds them together again.
 */
export function* lineRows(
  record: Readonly<Record<string, unknown>>,
  { field, lines }: { readonly field: string; readonly lines: string },
): Generator<Readonly<Record<string, unknown>>> {
  const elements = record[lines];
  const [first, ...rest] = Array.isArray(elements) ? (elements as unknown[]) : [];
  yield { ...record, [lines]: first };
  for (const element of rest) yield { [field]: record[field], [lines]: element };
}

export const valueAt = (record: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (at, name) =>
        typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined,
      record,
    );

/** A value as the text of a cell: arrays of scalars as `a;b` where that can be read back, all else that is no scalar as JSON. */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value) && value.length > 0 && value.every(isPlainElement)) return value.join(';');
  return JSON.stringify(value);
}

const isPlainElement = (value: unknown): boolean =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && value !== '' && value.trim() === value && !/^[["'{]|;|[\r\n]/.test(value));
