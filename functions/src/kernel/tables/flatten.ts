import type { FieldType } from '../fields.ts';

/** A column of an exported table: the dotted path is its header, so that an import of the file finds its fields. */
export interface Column {
  readonly path: string;
  readonly type: FieldType;
}

/** The columns of a record's fields: nested objects become dotted columns, everything else is one column. */
export function columnsOf(fields: ReadonlyMap<string, FieldType>, prefix = ''): Column[] {
  return [...fields].flatMap(([name, type]): Column[] =>
    type.kind === 'object' && type.fields.size > 0
      ? columnsOf(type.fields, `${prefix}${name}.`)
      : [{ path: prefix + name, type }],
  );
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
