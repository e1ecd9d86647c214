/** tabledata.insertAll: rows with ids, each judged alone, repeated ones dropped. */

import type { DuckDBValue } from '@duckdb/node-api';
import { BigQueryError, type ErrorProto } from '@mewayz/googlesql';
import { constantOf } from '../query/constants.ts';
import { flag, type Json, list, object, optionalString } from '../rest/input.ts';
import type { Catalog } from '../store/catalog.ts';
import type { Database } from '../store/database.ts';
import type { Table } from '../store/resources.ts';
import { append } from './append.ts';
import { decodeRow, RowError } from './decode.ts';

export interface InsertAllRequest {
  readonly rows: readonly { readonly insertId?: string; readonly json: Json }[];
  readonly skipInvalidRows: boolean;
  readonly ignoreUnknownValues: boolean;
  /** Rows go to a table of this suffix, made after the one that was named. */
  readonly templateSuffix?: string;
}

const MAX_ROWS = 50_000;

/** @throws BigQueryError invalid */
export function readInsertAll(body: Json): InsertAllRequest {
  const rows = list(body.rows, 'rows').map((row) => {
    const { json, insertId } = object(row, 'rows');
    const id = optionalString(insertId, 'insertId');
    return { json: object(json, 'json'), ...(id && { insertId: id }) };
  });
  if (rows.length === 0) throw new BigQueryError('invalid', 'No rows present in the request.');
  if (rows.length > MAX_ROWS)
    throw new BigQueryError(
      'invalid',
      `Too many rows present in the request, limit: ${MAX_ROWS} row count: ${rows.length}.`,
    );
  const templateSuffix = optionalString(body.templateSuffix, 'templateSuffix');
  return {
    rows,
    skipInvalidRows: flag(body.skipInvalidRows, 'skipInvalidRows'),
    ignoreUnknownValues: flag(body.ignoreUnknownValues, 'ignoreUnknownValues'),
    ...(templateSuffix && { templateSuffix }),
  };
}

export interface InsertError {
  readonly index: number;
  readonly errors: readonly (Omit<ErrorProto, 'reason'> & { readonly reason: string })[];
}

/** How long an insertId is remembered, in milliseconds. BigQuery promises a minute. */
const WINDOW_MS = 600_000;

/** The ids of late, per table; written with the rows, so that they outlive the process as the rows do. */
export class InsertIds {
  readonly #seen = new Map<string, number>();
  #purged = 0;

  async load(database: Database): Promise<void> {
    const connection = await database.connect();
    try {
      const result = await connection.runAndReadAll(
        'SELECT tab, insert_id, seen FROM insert_ids ORDER BY seen',
      );
      for (const [tab, id, at] of result.getRows()) this.#seen.set(`${tab} ${id}`, Number(at));
    } finally {
      connection.closeSync();
    }
  }

  has(table: Table, id: string, now: number): boolean {
    const at = this.#seen.get(`${table.id} ${id}`);
    return at !== undefined && at > now - WINDOW_MS;
  }

  add(table: Table, ids: readonly string[], now: number): void {
    for (const id of ids) {
      const key = `${table.id} ${id}`;
      // Kept in the order of time, so that the oldest are found at once.
      this.#seen.delete(key);
      this.#seen.set(key, now);
    }
    for (const [key, at] of this.#seen) {
      if (at > now - WINDOW_MS) break;
      this.#seen.delete(key);
    }
  }

  /** Whether the stored ids should be tidied now. */
  purgeDue(now: number): boolean {
    if (now - this.#purged < WINDOW_MS / 2) return false;
    this.#purged = now;
    return true;
  }
}

export async function insertAll(
  database: Database,
  catalog: Catalog,
  ids: InsertIds,
  table: Table,
  request: InsertAllRequest,
): Promise<InsertError[]> {
  if (table.type !== 'TABLE') throw new BigQueryError('invalid', 'Cannot add rows to a view.');
  const defaults = await defaultsOf(database, catalog, table);
  const decoded = request.rows.map(({ json }, index) =>
    judge(database, table, json, index, request.ignoreUnknownValues, defaults),
  );
  const errors = decoded.filter((row): row is InsertError => 'errors' in row);
  if (errors.length > 0 && !request.skipInvalidRows) return withStopped(errors, request.rows.length);
  const { api } = database;
  const now = Date.now();
  await catalog.change(async (connection, change) => {
    // Judged within the one line of writers: of two requests with one id the later finds it.
    const fresh: { id: string | undefined; values: readonly DuckDBValue[] }[] = [];
    const own = new Set<string>();
    for (const [index, row] of decoded.entries()) {
      const id = request.rows[index]?.insertId;
      if ('errors' in row || (id !== undefined && (own.has(id) || ids.has(table, id, now)))) continue;
      if (id !== undefined) own.add(id);
      fresh.push({ id, values: row.values });
    }
    await append(
      api,
      connection,
      catalog.table(table.reference),
      fresh.map(({ values }) => values),
      now,
    );
    if (own.size > 0)
      await connection.run(
        'INSERT INTO insert_ids SELECT $1, unnest($2), $3',
        [BigInt(table.id), new api.DuckDBListValue([...own]), BigInt(now)],
        [api.BIGINT, api.LIST(api.VARCHAR), api.BIGINT],
      );
    if (ids.purgeDue(now))
      await connection.run('DELETE FROM insert_ids WHERE seen < $1', [BigInt(now - WINDOW_MS)]);
    change.afterwards(() => ids.add(table, [...own], now));
  });
  return errors;
}

/** Rows beside a wrong one are not inserted either, and say so. */
function withStopped(errors: readonly InsertError[], count: number): InsertError[] {
  const byIndex = new Map(errors.map((error) => [error.index, error]));
  const stopped = { reason: 'stopped', location: '', debugInfo: '', message: '' };
  return Array.from({ length: count }, (_, index) => byIndex.get(index) ?? { index, errors: [stopped] });
}

async function defaultsOf(
  database: Database,
  catalog: Catalog,
  table: Table,
): Promise<Map<string, DuckDBValue>> {
  const defaults = new Map<string, DuckDBValue>();
  for (const field of table.fields)
    if (field.defaultValueExpression) defaults.set(field.name, await constantOf(database, catalog, field));
  return defaults;
}

function judge(
  { api }: Database,
  table: Table,
  json: Readonly<Record<string, unknown>>,
  index: number,
  ignoreUnknown: boolean,
  defaults: ReadonlyMap<string, DuckDBValue>,
): { values: readonly DuckDBValue[] } | InsertError {
  try {
    const values = decodeRow(api, table.fields, json, { ignoreUnknown });
    return {
      values: values.map((value, column) =>
        value === undefined ? (defaults.get(table.fields[column]?.name ?? '') ?? null) : value,
      ),
    };
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return { index, errors: [{ reason: 'invalid', location: error.location, message: error.message }] };
  }
}
