import type { ColumnType } from '../../kernel/ports/warehouse.ts';
import type { JsonObject } from '../../kernel/records/record.ts';
import { type Cell, toCell, valueAt } from '../../kernel/warehouse/warehouse-rows.ts';

/** A column that DuckDB reads out of a record's JSON. */
export interface ShapedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly path: readonly string[];
}

/** The columns of a record, and those of the elements of its array fields. */
export interface Shape {
  readonly columns: readonly ShapedColumn[];
  readonly children: readonly { readonly field: string; readonly columns: readonly ShapedColumn[] }[];
}

/** What DuckDB takes for a time as it is; other forms, such as those with an offset, are brought into this one. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * DuckDB is more lenient than `toCell`: it reads `true` as 1 and rounds 1.5. So a record with a value that does not fit
 * its column is read from a copy in which that value is what `toCell` makes of it. Null when everything fits.
 */
export function fittingCopy(record: JsonObject, { columns, children }: Shape): JsonObject | null {
  const elementsFit = children.every(({ field, columns: own }) => {
    const elements = record[field] ?? [];
    return Array.isArray(elements) && elements.every((element) => element === null || fits(element, own));
  });
  if (elementsFit && fits(record, columns)) return null;
  const copy = copyOf(record, columns);
  for (const { field, columns: own } of children) {
    const elements = record[field];
    copy[field] = Array.isArray(elements) ? elements.map((element) => copyOf(element, own)) : [];
  }
  return copy;
}

function fits(source: unknown, columns: readonly ShapedColumn[]): boolean {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return false;
  for (const { path, type } of columns) {
    const [name = ''] = path;
    const value = path.length === 1 ? (source as JsonObject)[name] : valueAt(source, path);
    if (value !== undefined && value !== null && !fitsType(value, type)) return false;
  }
  return true;
}

function fitsType(value: unknown, type: ColumnType): boolean {
  switch (type) {
    case 'json':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'timestamp':
      return typeof value === 'string' && INSTANT.test(value);
    case 'date':
      return typeof value === 'string' && DATE.test(value);
  }
}

function copyOf(source: unknown, columns: readonly ShapedColumn[]): JsonObject {
  const copy: JsonObject = {};
  for (const { path, type } of columns) {
    const value = valueAt(source, path);
    let place = copy;
    for (const name of path.slice(0, -1)) {
      place[name] ??= {};
      place = place[name] as JsonObject;
    }
    const cell = type === 'json' ? (value ?? null) : toCell(value, type);
    place[path.at(-1) ?? ''] = type === 'timestamp' ? inUtc(cell as Cell) : cell;
  }
  return copy;
}

/** An RFC 3339 time in UTC; `Date` alone would cut it to milliseconds. */
export function inUtc(time: Cell): string | null {
  if (typeof time !== 'string') return null;
  if (INSTANT.test(time)) return time;
  const [, micros = ''] = /\.\d{3}(\d{1,3})/.exec(time) ?? [];
  return `${new Date(time).toISOString().slice(0, -1)}${micros}Z`;
}

/** JSON text that DuckDB can read: it refuses half of a surrogate pair, which JSON lets through. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes('\\ud') ? JSON.stringify(wellFormed(value)) : text;
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.toWellFormed(), wellFormed(inner)]),
  );
}
