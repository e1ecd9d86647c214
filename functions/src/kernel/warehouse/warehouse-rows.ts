import type { Change } from '../changes/change.ts';
import type { ColumnType } from '../ports/warehouse.ts';
import { type JsonObject, mergePatch } from '../records/record.ts';

/** A cell, the same in every warehouse: times as RFC 3339, dates as YYYY-MM-DD, JSON as text. */
export type Cell = string | number | boolean | null;

/** One record as the warehouse knows it. */
export interface RecordState {
  readonly version: number;
  readonly deleted: boolean;
  readonly record: JsonObject;
}

/** Where a cell comes from; a column without a path is no longer declared, and null. */
export interface CellSource {
  readonly type: ColumnType;
  readonly path?: readonly string[] | undefined;
}

/** The cells of a record (or of one element) in the order of the columns; null where a value is missing or does not fit. */
export const cellsOf = (source: unknown, columns: readonly CellSource[]): Cell[] =>
  columns.map(({ path, type }) => (path ? toCell(valueAt(source, path), type) : null));

/** The elements of an array field; none when the record is deleted, so that deleted records have no child rows. */
export function elementsOf(state: RecordState, field: string): readonly unknown[] {
  const value = state.deleted ? undefined : state.record[field];
  return Array.isArray(value) ? value : [];
}

/** The value at a path into a record; undefined where there is none. */
export function valueAt(source: unknown, path: readonly string[]): unknown {
  let value = source;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}

/** Fits a JSON value to a column; what does not fit is null there and still stands in the record's JSON. */
export function toCell(value: unknown, type: ColumnType): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'string'
        ? value
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value);
    case 'json':
      return JSON.stringify(value);
    case 'integer':
      return Number.isSafeInteger(value) ? (value as number) : null;
    case 'number':
      return Number.isFinite(value) ? (value as number) : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'timestamp':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : null;
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
        ? value
        : null;
  }
}

/** Applies one change whatever the version before it was. */
export function applyChange(
  state: RecordState | undefined,
  change: Pick<Change, 'version' | 'operation' | 'patch' | 'at'>,
): RecordState {
  const { version, operation, patch, at } = change;
  if (operation === 'create') return { version, deleted: false, record: { ...patch, version } };
  // Deletes and restores carry no patch; the time they were committed is when the record last changed.
  const merged = operation === 'update' ? { ...patch, version } : { updatedAt: at, version };
  return {
    version,
    deleted: operation === 'delete',
    record: mergePatch(state?.record, merged) as JsonObject,
  };
}
