import type { ColumnType, DatasetColumn, FoundColumn, Upload } from '@/client/datasets';
import { formatFrom, formatKey, readingsOf } from '@/client/readings';

export interface ColumnValues {
  include: boolean;
  name: string;
  type: ColumnType;
  /** How texts are written, as `formatKey` has it; empty for the plain way. */
  way: string;
  /** The same, where the file leaves it open; null until somebody has chosen. */
  reading: string | null;
  timezone: string;
  pii: boolean;
}

/** What the form of a new dataset holds; its columns are those of the file. */
export interface DatasetValues {
  name: string;
  description: string;
  columns: ColumnValues[];
}

export const datasetValues = ({ fileName = '', columns }: Upload): DatasetValues => ({
  name: fileName
    .replace(/\.gz$/i, '')
    .replace(/\.\w+$/, '')
    .replaceAll(/[_\s]+/g, ' ')
    .trim()
    .slice(0, 120),
  description: '',
  columns: columns.map((column) => ({
    include: true,
    name: column.name,
    type: column.type,
    way: wayOf(column, column.type),
    reading: null,
    timezone: 'UTC',
    pii: column.pii ?? false,
  })),
});

/** The way of writing to begin with for a type: what was found, when it is the type that was found. */
export const wayOf = (column: FoundColumn, type: ColumnType): string =>
  type === column.type ? formatKey(column.format) : '';

/** Whether somebody has to choose between readings: the file leaves it open, and the type is the one that was found. */
export const isOpen = (column: FoundColumn, type: ColumnType): boolean =>
  type === column.type && readingsOf(column).length > 0;

/** The columns as the API takes them: those that are wanted. */
export const columnsData = (
  found: readonly FoundColumn[],
  values: readonly ColumnValues[],
): DatasetColumn[] =>
  found.flatMap((column, index) => {
    const value = values[index];
    if (!value?.include) return [];
    const { name, type, way, reading, timezone, pii } = value;
    const format = formatFrom(type, isOpen(column, type) ? (reading ?? '') : way, timezone);
    return [
      {
        source: column.source,
        name: name.trim(),
        type,
        ...(format ? { format } : {}),
        ...(pii ? { pii } : {}),
      },
    ];
  });
