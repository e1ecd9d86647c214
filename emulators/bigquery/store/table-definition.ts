/** Checks what a table shall be, and makes it in DuckDB. */

import {
  BigQueryError,
  quoteName,
  type SchemaField,
  sameName,
  storedType,
  typeOfField,
} from '@mewayz/googlesql';
import { isIngestionTime, physicalName, type Table } from './resources.ts';

const MODES = ['NULLABLE', 'REQUIRED', 'REPEATED'];
const PARTITIONS: Readonly<Record<string, readonly string[]>> = {
  DATE: ['DAY', 'MONTH', 'YEAR'],
  DATETIME: ['HOUR', 'DAY', 'MONTH', 'YEAR'],
  TIMESTAMP: ['HOUR', 'DAY', 'MONTH', 'YEAR'],
};

const invalid = (message: string): BigQueryError => new BigQueryError('invalid', message);

/** Gives every field its mode and its type in the words of the REST API. @throws BigQueryError invalid */
export function checkFields(fields: readonly SchemaField[], path = ''): SchemaField[] {
  const seen = new Set<string>();
  return fields.map((field) => {
    const place = path + field.name;
    if (
      typeof field.name !== 'string' ||
      !/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} &%=+:'<>#|_-]{1,300}$/u.test(field.name)
    )
      throw invalid(
        `Invalid field name "${field.name}". Fields must contain the allowed characters, and be at most 300 characters long.`,
      );
    if (/^(_PARTITION|_TABLE_|_FILE_|_ROW_TIMESTAMP|__ROOT__)/i.test(field.name))
      throw invalid(`Invalid field name "${field.name}": the prefix is reserved`);
    if (seen.has(field.name.toLowerCase())) throw invalid(`Field ${place} already exists in schema`);
    seen.add(field.name.toLowerCase());
    const mode = (field.mode ?? 'NULLABLE').toUpperCase();
    if (!MODES.includes(mode)) throw invalid(`Invalid mode ${field.mode} for field ${place}`);
    if (typeof field.type !== 'string') throw invalid(`Field ${place} has no type`);
    typeOfField(field);
    const nested = field.fields && { fields: checkFields(field.fields, `${place}.`) };
    return { ...field, type: restName(field.type), mode, ...nested };
  });
}

const REST_NAMES: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
};
const restName = (type: string): string => REST_NAMES[type.toUpperCase()] ?? type.toUpperCase();

/** @throws BigQueryError invalid when partitioning or clustering name what cannot carry them. */
export function checkTable(table: Table): void {
  const { timePartitioning: time, rangePartitioning: range, clustering } = table;
  const find = (name: string): SchemaField | undefined =>
    table.fields.find((field) => sameName(field.name, name));
  if (time && range) throw invalid('Only one of timePartitioning and rangePartitioning can be specified');
  if (time && !['HOUR', 'DAY', 'MONTH', 'YEAR'].includes(time.type))
    throw invalid(`Invalid time partitioning type ${time.type}`);
  if (time?.field) {
    const field = find(time.field);
    if (!field) throw invalid(`The field specified for time partitioning cannot be found in the schema`);
    if (!PARTITIONS[field.type]?.includes(time.type) || field.mode === 'REPEATED')
      throw invalid(
        `The field specified for partitioning can only be of type TIMESTAMP, DATETIME or DATE. The type found is: ${field.type}.`,
      );
  }
  if (range && find(range.field)?.type !== 'INTEGER')
    throw invalid('The field specified for range partitioning must be of type INTEGER');
  for (const name of clustering?.fields ?? []) {
    const field = find(name);
    if (!field) throw invalid(`The field specified for clustering cannot be found in the schema: ${name}`);
    if (field.mode === 'REPEATED' || field.type === 'RECORD' || field.type === 'JSON')
      throw invalid(`Clustering by the field ${name} is not possible`);
  }
}

/** `"name" TYPE NOT NULL` */
export function columnSql(field: SchemaField): string {
  return `${quoteName(field.name)} ${storedType(typeOfField(field))}${field.mode === 'REQUIRED' ? ' NOT NULL' : ''}`;
}

export function createSql(table: Table): string {
  const columns = table.fields.map(columnSql);
  if (isIngestionTime(table)) columns.push('"_PARTITIONTIME" TIMESTAMP');
  // A table may be made before its schema is known.
  if (columns.length === 0) columns.push('"_none" BOOLEAN');
  return `CREATE TABLE ${physicalName(table)} (${columns.join(', ')})`;
}

/**
 * The statements that bring a table to a new schema: columns are added (also within records) and REQUIRED is relaxed.
 * @throws BigQueryError invalid for any other change
 */
export function evolveSql(table: Table, fields: readonly SchemaField[]): string[] {
  const name = physicalName(table);
  const first = table.fields.length === 0 && !isIngestionTime(table);
  const statements = evolveFields(table.fields, fields, name, [], first);
  return first && fields.length > 0 ? [...statements, `ALTER TABLE ${name} DROP COLUMN "_none"`] : statements;
}

function evolveFields(
  before: readonly SchemaField[],
  after: readonly SchemaField[],
  table: string,
  path: readonly string[],
  anew: boolean,
): string[] {
  const missing = before.find((field) => !after.some(({ name }) => sameName(name, field.name)));
  if (missing)
    throw invalid(
      `Provided Schema does not match Table. Field ${[...path, missing.name].join('.')} is missing in new schema`,
    );
  return after.flatMap((field) => {
    const known = before.find(({ name }) => sameName(name, field.name));
    const place = [...path, field.name].map(quoteName).join('.');
    if (!known) {
      if (field.mode === 'REQUIRED' && !anew)
        throw invalid(
          `Provided Schema does not match Table. Cannot add required fields to an existing schema. (field: ${field.name})`,
        );
      const add = `ALTER TABLE ${table} ADD COLUMN ${place} ${storedType(typeOfField(field))}`;
      // An array is empty and never NULL. DuckDB adds no column with a default while its settings are locked.
      return field.mode === 'REPEATED' && path.length === 0
        ? [add, `UPDATE ${table} SET ${place} = []`]
        : [add];
    }
    if (known.type !== field.type)
      throw invalid(
        `Provided Schema does not match Table. Field ${field.name} has changed type from ${known.type} to ${field.type}`,
      );
    const inner = known.fields && field.fields ? nested(known, field, table, path) : [];
    if (known.mode === field.mode) return inner;
    if (known.mode !== 'REQUIRED' || field.mode !== 'NULLABLE')
      throw invalid(
        `Provided Schema does not match Table. Field ${field.name} has changed mode from ${known.mode} to ${field.mode}`,
      );
    return path.length === 0 ? [...inner, `ALTER TABLE ${table} ALTER COLUMN ${place} DROP NOT NULL`] : inner;
  });
}

function nested(known: SchemaField, field: SchemaField, table: string, path: readonly string[]): string[] {
  const inner = [...path, field.name];
  // DuckDB calls the struct within a list `element`.
  return evolveFields(
    known.fields ?? [],
    field.fields ?? [],
    table,
    known.mode === 'REPEATED' ? [...inner, 'element'] : inner,
    false,
  );
}
