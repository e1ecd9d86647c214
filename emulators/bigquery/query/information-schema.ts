/** INFORMATION_SCHEMA (https://cloud.google.com/bigquery/docs/information-schema-intro), made of the catalog. */

import {
  BigQueryError,
  type Column,
  INT64,
  quoteName,
  quoteText,
  type SchemaField,
  type SqlType,
  STRING,
  sameName,
  storedType,
  type TableSource,
  TIMESTAMP,
  typeName,
  typeOfField,
} from '@mewayz/googlesql';
import type { Catalog } from '../store/catalog.ts';
import {
  type Dataset,
  type DatasetReference,
  partitionColumns,
  physicalName,
  type Table,
} from '../store/resources.ts';
import type { Place } from './resolver.ts';

type Value = string | number | null | { readonly millis: number };

interface View {
  readonly columns: readonly (readonly [name: string, type: SqlType])[];
  readonly rows: (catalog: Catalog, datasets: readonly Dataset[]) => readonly (readonly Value[])[];
}

const yesNo = (value: boolean): string => (value ? 'YES' : 'NO');
const text = (...names: string[]): (readonly [string, SqlType])[] =>
  names.map((name) => [name, STRING] as const);
const tablesOf = (catalog: Catalog, datasets: readonly Dataset[]): Table[] =>
  datasets.flatMap(({ reference }) => catalog.tables(reference));
const place = ({ reference }: Table): string[] => [
  reference.projectId,
  reference.datasetId,
  reference.tableId,
];

const TYPES = { TABLE: 'BASE TABLE', VIEW: 'VIEW', MATERIALIZED_VIEW: 'MATERIALIZED VIEW' } as const;

const VIEWS: Readonly<Record<string, View>> = {
  SCHEMATA: {
    columns: [
      ...text('catalog_name', 'schema_name', 'schema_owner'),
      ['creation_time', TIMESTAMP],
      ['last_modified_time', TIMESTAMP],
      ...text('location'),
    ],
    rows: (_, datasets) =>
      datasets.map(({ reference, created, modified, kept }) => [
        reference.projectId,
        reference.datasetId,
        null,
        { millis: created },
        { millis: modified },
        String(kept.location ?? 'US'),
      ]),
  },
  TABLES: {
    columns: [
      ...text('table_catalog', 'table_schema', 'table_name', 'table_type', 'is_insertable_into', 'is_typed'),
      ['creation_time', TIMESTAMP],
      ...text('ddl'),
    ],
    rows: (catalog, datasets) =>
      tablesOf(catalog, datasets).map((table) => [
        ...place(table),
        TYPES[table.type],
        yesNo(table.type === 'TABLE'),
        'NO',
        { millis: table.created },
        null,
      ]),
  },
  COLUMNS: {
    columns: [
      ...text('table_catalog', 'table_schema', 'table_name', 'column_name'),
      ['ordinal_position', INT64],
      ...text(
        'is_nullable',
        'data_type',
        'is_generated',
        'is_hidden',
        'is_system_defined',
        'is_partitioning_column',
      ),
      ['clustering_ordinal_position', INT64],
      ...text('column_default'),
    ],
    rows: (catalog, datasets) =>
      tablesOf(catalog, datasets).flatMap((table) =>
        table.fields.map((field, index) => {
          const cluster = table.clustering?.fields.findIndex((name) => sameName(name, field.name)) ?? -1;
          return [
            ...place(table),
            field.name,
            index + 1,
            yesNo(field.mode !== 'REQUIRED'),
            typeName(typeOfField(field)),
            'NEVER',
            'NO',
            'NO',
            yesNo(partitionColumns(table).some((name) => sameName(name, field.name))),
            cluster < 0 ? null : cluster + 1,
            field.defaultValueExpression ?? 'NULL',
          ];
        }),
      ),
  },
  COLUMN_FIELD_PATHS: {
    columns: text(
      'table_catalog',
      'table_schema',
      'table_name',
      'column_name',
      'field_path',
      'data_type',
      'description',
    ),
    rows: (catalog, datasets) =>
      tablesOf(catalog, datasets).flatMap((table) =>
        table.fields.flatMap((field) =>
          paths(field).map(([path, inner]) => [
            ...place(table),
            field.name,
            path,
            typeName(typeOfField(inner)),
            inner.description ?? null,
          ]),
        ),
      ),
  },
  VIEWS: {
    columns: text(
      'table_catalog',
      'table_schema',
      'table_name',
      'view_definition',
      'check_option',
      'use_standard_sql',
    ),
    rows: (catalog, datasets) =>
      tablesOf(catalog, datasets).flatMap((table) =>
        table.view ? [[...place(table), table.view.query, null, 'YES']] : [],
      ),
  },
};

function paths(field: SchemaField, prefix = ''): [string, SchemaField][] {
  const path = prefix + field.name;
  return [[path, field], ...(field.fields ?? []).flatMap((inner) => paths(inner, `${path}.`))];
}

const PARTITIONS: readonly (readonly [string, SqlType])[] = [
  ...text('table_catalog', 'table_schema', 'table_name', 'partition_id'),
  ['total_rows', INT64],
];

/** `dataset.INFORMATION_SCHEMA.TABLES`, or without a dataset that of the whole project. */
export function informationSchema(
  catalog: Catalog,
  before: readonly string[],
  after: readonly string[],
  where: Place,
): TableSource {
  const name = after.join('.').toUpperCase();
  const datasets = scope(catalog, before, where, name);
  if (name === 'PARTITIONS') return source(name, PARTITIONS, partitionsSql(catalog, datasets));
  const view = VIEWS[name];
  if (!view)
    throw new BigQueryError('invalidQuery', `INFORMATION_SCHEMA.${name} is not supported`, {
      location: 'query',
    });
  const rows = view
    .rows(catalog, datasets)
    .map(
      (row) =>
        `(${row.map((value, index) => valueSql(value, view.columns[index]?.[1] ?? STRING)).join(', ')})`,
    );
  const names = view.columns.map(([column]) => quoteName(column)).join(', ');
  const none = `SELECT ${view.columns.map(([column, type]) => `CAST(NULL AS ${storedType(type)}) AS ${quoteName(column)}`).join(', ')} WHERE FALSE`;
  return source(
    name,
    view.columns,
    rows.length > 0 ? `SELECT * FROM (VALUES ${rows.join(', ')}) AS v(${names})` : none,
  );
}

function scope(catalog: Catalog, before: readonly string[], where: Place, name: string): Dataset[] {
  const last = before.at(-1);
  const isRegion = last?.toLowerCase().startsWith('region-');
  const projectId = before.length > 1 ? (before[0] ?? where.projectId) : where.projectId;
  if (last === undefined || isRegion) {
    if (last === undefined && where.defaultDataset && name !== 'SCHEMATA')
      return [catalog.dataset(where.defaultDataset)];
    return catalog.datasets(projectId);
  }
  const reference: DatasetReference = { projectId, datasetId: last };
  if (name === 'SCHEMATA' && !catalog.findDataset(reference)) return catalog.datasets(last);
  return [catalog.dataset(reference)];
}

function valueSql(value: Value, type: SqlType): string {
  if (value === null) return `CAST(NULL AS ${storedType(type)})`;
  if (typeof value === 'number') return `CAST(${value} AS BIGINT)`;
  if (typeof value === 'string') return `CAST(${quoteText(value)} AS VARCHAR)`;
  return `make_timestamp(${value.millis * 1000})`;
}

function source(name: string, columns: readonly (readonly [string, SqlType])[], sql: string): TableSource {
  return {
    label: `INFORMATION_SCHEMA.${name}`,
    columns: columns.map(([column, type]): Column => ({ name: column, sql: column, type, atom: true })),
    sql: `(${sql})`,
  };
}

const FORMATS: Readonly<Record<string, string>> = {
  HOUR: '%Y%m%d%H',
  DAY: '%Y%m%d',
  MONTH: '%Y%m',
  YEAR: '%Y',
};

/** How many rows each partition holds; a table without partitions is one, whose id is NULL. */
function partitionsSql(catalog: Catalog, datasets: readonly Dataset[]): string {
  const parts = tablesOf(catalog, datasets)
    .filter(({ type }) => type === 'TABLE')
    .map((table) => {
      const names = place(table).map(quoteText).join(', ');
      return `SELECT ${names}, ${partitionId(table)}, count(*) FROM ${physicalName(table)} GROUP BY ALL`;
    });
  const columns = PARTITIONS.map(([column]) => quoteName(column)).join(', ');
  const empty = "SELECT '', '', '', '', CAST(0 AS BIGINT) WHERE FALSE";
  return `SELECT * FROM (${[empty, ...parts].join(' UNION ALL ')}) AS p(${columns})`;
}

function partitionId({ timePartitioning, rangePartitioning }: Table): string {
  if (timePartitioning) {
    const column = quoteName(timePartitioning.field ?? '_PARTITIONTIME');
    return `coalesce(strftime(${column}, ${quoteText(FORMATS[timePartitioning.type] ?? '')}), '__NULL__')`;
  }
  if (!rangePartitioning) return 'CAST(NULL AS VARCHAR)';
  const column = quoteName(rangePartitioning.field);
  const { start, end, interval } = rangePartitioning.range;
  const bucket = `CAST(${start} + ((${column} - ${start}) // ${interval}) * ${interval} AS VARCHAR)`;
  return `CASE WHEN ${column} IS NULL THEN '__NULL__' WHEN ${column} < ${start} OR ${column} >= ${end} THEN '__UNPARTITIONED__' ELSE ${bucket} END`;
}
