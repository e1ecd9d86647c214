/** Finds the tables that a statement names, and notes which of their columns it reads. */

import {
  BigQueryError,
  type Column,
  DATE,
  quoteName,
  quoteText,
  type Catalog as SqlCatalog,
  STRING,
  sameName,
  storedType,
  type TableSource,
  TIMESTAMP,
  typeOfField,
} from '@mewayz/googlesql';
import type { Catalog } from '../store/catalog.ts';
import {
  type DatasetReference,
  isIngestionTime,
  partitionColumns,
  physicalName,
  type Table,
  type TableReference,
  tableKey,
} from '../store/resources.ts';
import { informationSchema } from './information-schema.ts';

export interface Place {
  readonly projectId: string;
  readonly defaultDataset?: DatasetReference;
}

/** `table`, `dataset.table` or `project.dataset.table`. @throws BigQueryError invalidQuery */
export function referenceOf(path: readonly string[], place: Place): TableReference {
  const [tableId = '', datasetId, ...project] = path.toReversed();
  if (datasetId === undefined) {
    if (place.defaultDataset) return { ...place.defaultDataset, tableId };
    throw new BigQueryError(
      'invalidQuery',
      `Table "${tableId}" must be qualified with a dataset (e.g. dataset.table).`,
      { location: 'query' },
    );
  }
  // `domain.com:project` holds a dot of its own.
  const projectId = project.length > 0 ? project.toReversed().join('.') : place.projectId;
  return { projectId, datasetId, tableId };
}

/** Which columns of which tables were read. */
export type Usage = Map<Table, Set<string>>;

export class Resolver implements SqlCatalog {
  readonly #catalog: Catalog;
  readonly #place: Place;
  readonly usage: Usage;

  constructor(catalog: Catalog, place: Place, usage: Usage = new Map()) {
    this.#catalog = catalog;
    this.#place = place;
    this.usage = usage;
  }

  table(path: readonly string[]): TableSource {
    const at = path.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA');
    if (at >= 0) return informationSchema(this.#catalog, path.slice(0, at), path.slice(at + 1), this.#place);
    const reference = referenceOf(path, this.#place);
    if (reference.tableId.endsWith('*')) return this.#wildcard(reference);
    const table = this.#catalog.table(reference);
    const label = tableKey(reference);
    if (table.view) {
      const { projectId } = reference;
      const catalog = new Resolver(this.#catalog, { projectId, defaultDataset: reference }, this.usage);
      return { columns: [], sql: '', view: table.view.query, label, catalog };
    }
    return this.#source(table, label);
  }

  #source(table: Table, label: string): TableSource {
    const used = this.#usageOf(table);
    const ingestion = isIngestionTime(table);
    const name = physicalName(table);
    return {
      label,
      columns: columnsOf(table),
      sql: ingestion ? `(SELECT *, CAST("_PARTITIONTIME" AS DATE) AS "_PARTITIONDATE" FROM ${name})` : name,
      use: (column) => void used.add(column),
      ...(table.requirePartitionFilter && {
        requireFilter: { columns: partitionColumns(table), message: filterMessage(table) },
      }),
    };
  }

  #usageOf(table: Table): Set<string> {
    const used = this.usage.get(table) ?? new Set<string>();
    this.usage.set(table, used);
    return used;
  }

  /** All tables of the prefix as one, in the schema of the newest; `_TABLE_SUFFIX` is the rest of their names. */
  #wildcard(reference: TableReference): TableSource {
    const prefix = reference.tableId.slice(0, -1);
    this.#catalog.dataset(reference);
    const tables = this.#catalog
      .tables(reference)
      .filter((table) => table.type === 'TABLE' && table.reference.tableId.startsWith(prefix));
    const newest = tables.toSorted((a, b) => b.created - a.created || b.id - a.id)[0];
    if (!newest)
      throw new BigQueryError('notFound', `${tableKey(reference)} does not match any table.`, {
        location: 'query',
      });
    const parts = tables.map((table) => {
      const columns = newest.fields.map((field) => {
        const own = table.fields.find(({ name }) => sameName(name, field.name));
        const stored = storedType(typeOfField(field));
        if (own && storedType(typeOfField(own)) !== stored)
          throw new BigQueryError(
            'invalidQuery',
            `Cannot read field '${field.name}' of type ${own.type} as ${field.type}`,
            { location: 'query' },
          );
        return own ? quoteName(own.name) : `CAST(NULL AS ${stored}) AS ${quoteName(field.name)}`;
      });
      columns.push(`${quoteText(table.reference.tableId.slice(prefix.length))} AS "_TABLE_SUFFIX"`);
      return `SELECT ${columns.join(', ')} FROM ${physicalName(table)}`;
    });
    const suffix: Column = { name: '_TABLE_SUFFIX', sql: '_TABLE_SUFFIX', type: STRING, hidden: true };
    const usages = tables.map((table) => this.#usageOf(table));
    return {
      label: tableKey(reference),
      columns: [...columnsOf(newest).filter(({ hidden }) => !hidden), suffix],
      sql: `(${parts.join(' UNION ALL ')})`,
      use: (column) => {
        for (const used of usages) used.add(column);
      },
    };
  }
}

const filterMessage = (table: Table): string => {
  const columns = partitionColumns(table).map((name) => `'${name}'`);
  return `Cannot query over table '${table.reference.datasetId}.${table.reference.tableId}' without a filter over column(s) ${columns.join(', ')} that can be used for partition elimination`;
};

export function columnsOf(table: Table): Column[] {
  const columns = table.fields.map(
    (field): Column => ({ name: field.name, sql: field.name, type: typeOfField(field), atom: true }),
  );
  if (!isIngestionTime(table)) return columns;
  return [
    ...columns,
    { name: '_PARTITIONTIME', sql: '_PARTITIONTIME', type: TIMESTAMP, hidden: true, atom: true },
    { name: '_PARTITIONDATE', sql: '_PARTITIONDATE', type: DATE, hidden: true, atom: true },
  ];
}
