/** What datasets and tables there are: in memory, and in one DuckDB table that changes with the data. */

import type { DuckDBConnection } from '@duckdb/node-api';
import { BigQueryError } from '@mewayz/googlesql';
import type { Database } from './database.ts';
import {
  type Dataset,
  type DatasetReference,
  datasetKey,
  type Table,
  type TableReference,
  tableKey,
} from './resources.ts';

type Entry =
  | { readonly kind: 'dataset'; readonly value: Dataset }
  | { readonly kind: 'table'; readonly value: Table };

/** Changes to the catalog that become visible when their transaction is committed. */
export interface CatalogChange {
  put(entry: Entry): Promise<void>;
  remove(kind: Entry['kind'], key: string): Promise<void>;
  /** Does something in memory once the transaction is committed. */
  afterwards(effect: () => void): void;
}

export class Catalog {
  readonly #database: Database;
  readonly #datasets = new Map<string, Dataset>();
  readonly #tables = new Map<string, Table>();
  #lastId = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  async load(): Promise<void> {
    const connection = await this.#database.connect();
    try {
      const result = await connection.runAndReadAll('SELECT kind, key, body FROM catalog ORDER BY rowid');
      for (const [kind, key, body] of result.getRows()) {
        if (kind === 'dataset') this.#datasets.set(String(key), JSON.parse(String(body)));
        else this.#remember(String(key), JSON.parse(String(body)));
      }
    } finally {
      connection.closeSync();
    }
  }

  #remember(key: string, table: Table): void {
    this.#tables.set(key, table);
    this.#lastId = Math.max(this.#lastId, table.id);
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  datasets(projectId: string): Dataset[] {
    return [...this.#datasets.values()]
      .filter(({ reference }) => reference.projectId === projectId)
      .sort((a, b) => (a.reference.datasetId < b.reference.datasetId ? -1 : 1));
  }

  findDataset(reference: DatasetReference): Dataset | undefined {
    return this.#datasets.get(datasetKey(reference));
  }

  dataset(reference: DatasetReference): Dataset {
    const dataset = this.findDataset(reference);
    if (!dataset) throw new BigQueryError('notFound', `Not found: Dataset ${datasetKey(reference)}`);
    return dataset;
  }

  /** Tables of a dataset by name; those past their expiration are gone. */
  tables(reference: DatasetReference): Table[] {
    return [...this.#tables.values()]
      .filter((table) => datasetKey(table.reference) === datasetKey(reference) && !isExpired(table))
      .sort((a, b) => (a.reference.tableId < b.reference.tableId ? -1 : 1));
  }

  findTable(reference: TableReference): Table | undefined {
    const table = this.#tables.get(tableKey(reference));
    return table && !isExpired(table) ? table : undefined;
  }

  table(reference: TableReference): Table {
    this.dataset(reference);
    const table = this.findTable(reference);
    if (!table) throw new BigQueryError('notFound', `Not found: Table ${tableKey(reference)}`);
    return table;
  }

  expired(): Table[] {
    return [...this.#tables.values()].filter(isExpired);
  }

  /** Runs the work in a transaction; its changes to the catalog are seen once it is committed. */
  async change<Result>(
    work: (connection: DuckDBConnection, change: CatalogChange) => Promise<Result>,
  ): Promise<Result> {
    const effects: (() => void)[] = [];
    const afterwards = (effect: () => void) => void effects.push(effect);
    return this.#database.write(
      (connection) => {
        const remove = async (kind: Entry['kind'], key: string) => {
          await connection.run('DELETE FROM catalog WHERE kind = $1 AND key = $2', [kind, key]);
        };
        return work(connection, {
          afterwards,
          put: async ({ kind, value }) => {
            const key = kind === 'dataset' ? datasetKey(value.reference) : tableKey(value.reference);
            await remove(kind, key);
            await connection.run('INSERT INTO catalog VALUES ($1, $2, $3)', [
              kind,
              key,
              JSON.stringify(value),
            ]);
            afterwards(() =>
              kind === 'dataset' ? this.#datasets.set(key, value) : this.#tables.set(key, value),
            );
          },
          remove: async (kind, key) => {
            await remove(kind, key);
            afterwards(() => (kind === 'dataset' ? this.#datasets : this.#tables).delete(key));
          },
        });
      },
      () => {
        for (const effect of effects) effect();
      },
    );
  }
}

const isExpired = ({ expires }: Table): boolean => expires !== undefined && expires <= Date.now();
