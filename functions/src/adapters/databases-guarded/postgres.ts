import { Client, type CustomTypesConfig, types as known } from 'pg';
import Cursor from 'pg-cursor';
import {
  type Bound,
  DatabaseFailed,
  type DatabaseQuery,
  DatabaseRefused,
  type DatabaseRow,
} from '../../kernel/ports/databases.ts';
import { HttpRefused } from '../../kernel/ports/http.ts';
import type { SocketMaker } from './index.ts';
import { checkNames, endedBy, RowLimit, toRow, withPlaceholder } from './query.ts';

const BATCH = 500;
const CONNECT_MS = 15_000;

type Value = DatabaseRow[string];

/** Reads by a cursor, so that no more rows come than are taken. */
export async function* read(
  query: DatabaseQuery,
  sockets: SocketMaker,
  signal?: AbortSignal,
): AsyncGenerator<DatabaseRow[]> {
  const client = new Client({
    host: query.host,
    port: query.port,
    database: query.database,
    user: query.user,
    password: query.password,
    stream: () => sockets.unopened(query),
    ssl: query.tls.verify
      ? { rejectUnauthorized: true, ...(query.tls.ca ? { ca: query.tls.ca } : {}) }
      : false,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: query.timeoutMs,
    application_name: 'mewayz',
    types: TYPES,
    client_encoding: 'UTF8',
  });
  const stop = (): void => void client.end().catch(() => undefined);
  // An error of a connection nobody waits for; the next call on it tells.
  client.on('error', () => undefined);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
    await client.query(`SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'iso_8601';
      SET extra_float_digits = 1; SET bytea_output = 'hex'`);
    yield* rows(client, query);
  } catch (error) {
    throw endedBy(signal, asDatabaseError(error));
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

/** Ways to say that a text does not fit the type it is compared with. */
const MISFITS: readonly (string | undefined)[] = ['42883', '42804', '22P02', '22007'];

/** Without a bound nothing says of what type it would be: one after the other is tried. */
async function* rows(client: Client, query: DatabaseQuery): AsyncGenerator<DatabaseRow[]> {
  const bounds: readonly Bound[] = query.since
    ? [query.since]
    : [{ kind: 'number' }, { kind: 'text' }, { kind: 'time' }];
  for (const [index, bound] of bounds.entries()) {
    let begun = false;
    try {
      await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      for await (const batch of rowsFrom(client, query, bound)) {
        begun = true;
        yield batch;
      }
      await client.query('COMMIT');
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (begun || index === bounds.length - 1 || !MISFITS.includes(code)) throw error;
      await client.query('ROLLBACK');
    }
  }
}

async function* rowsFrom(
  client: Client,
  { sql, maxRows }: DatabaseQuery,
  since: Bound,
): AsyncGenerator<DatabaseRow[]> {
  const bound = boundOf(since);
  const { text, places } = withPlaceholder(sql, 'postgres', bound.placeholder);
  const values = places > 0 ? [bound.value] : [];
  const cursor = client.query(new Cursor<Value[]>(text, values, { rowMode: 'array' }));
  const limit = new RowLimit(maxRows);
  let names: readonly string[] | undefined;
  for (;;) {
    const { batch, fields } = await fetch(cursor);
    names ??= checkNames(fields);
    limit.add(batch.length);
    const found = names;
    if (batch.length > 0) yield batch.map((row) => toRow(found, row));
    if (batch.length < BATCH) break;
  }
  await cursor.close();
}

/** PostgreSQL takes the type from what it is compared with; the lowest number there is fits into none but `numeric`. */
function boundOf({ kind, value }: Bound): { placeholder: string; value: string } {
  if (value !== undefined) return { placeholder: '$1', value };
  if (kind === 'number') return { placeholder: '$1::numeric', value: '-9223372036854775808' };
  return { placeholder: '$1', value: kind === 'time' ? '-infinity' : '' };
}

const fetch = (cursor: Cursor<Value[]>): Promise<{ batch: Value[][]; fields: string[] }> =>
  new Promise((resolve, reject) =>
    cursor.read(BATCH, (error, batch, result) => {
      if (error) reject(error);
      else resolve({ batch, fields: result.fields.map(({ name }) => name) });
    }),
  );

/** Numbers of types as every PostgreSQL has them (pg_type.dat); a type not listed stays the text it is. */
const oid = known.builtins;
const READERS: Readonly<Record<number, (text: string) => Value>> = {
  [oid.BOOL]: (text) => text === 't',
  [oid.INT2]: Number,
  [oid.INT4]: Number,
  [oid.OID]: Number,
  [oid.FLOAT4]: float,
  [oid.FLOAT8]: float,
  [oid.TIMESTAMP]: (text) => text.replace(' ', 'T'),
  [oid.TIMESTAMPTZ]: (text) => text.replace(' ', 'T').replace(/\+00$/, 'Z'),
  [oid.BYTEA]: (text) => Buffer.from(text.slice(2), 'hex').toString('base64'),
};
const ARRAYS: Readonly<Record<number, number>> = {
  1000: oid.BOOL,
  1001: oid.BYTEA,
  1005: oid.INT2,
  1007: oid.INT4,
  1009: oid.TEXT,
  1014: oid.BPCHAR,
  1015: oid.VARCHAR,
  1016: oid.INT8,
  1021: oid.FLOAT4,
  1022: oid.FLOAT8,
  1028: oid.OID,
  1115: oid.TIMESTAMP,
  1182: oid.DATE,
  1185: oid.TIMESTAMPTZ,
  1231: oid.NUMERIC,
  2951: oid.UUID,
};

/** JSON knows no infinity. */
function float(text: string): Value {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

function readerOf(type: number): (text: string) => Value {
  const element = ARRAYS[type];
  if (element === undefined) return READERS[type] ?? ((text) => text);
  const read = READERS[element] ?? ((text: string) => text);
  return (text) => JSON.stringify(ARRAY.create(text, read).parse());
}

/** What the package exports, which its declarations have otherwise. */
const ARRAY = known.arrayParser as unknown as {
  create(text: string, read: (text: string) => Value): { parse(): unknown[] };
};

const TYPES: CustomTypesConfig = { getTypeParser: (type: number) => readerOf(type) };

/** Classes of SQLSTATE that say nothing about the query or the settings (PostgreSQL, appendix A). */
const PASSING = /^(?:08|40|53|55|57|58|XX)/;

function asDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseRefused || error instanceof DatabaseFailed || !(error instanceof Error))
    return error;
  if (error instanceof HttpRefused) return new DatabaseRefused(error.message);
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === '57014') return new DatabaseFailed('The query took longer than it may.', { cause: error });
  if (/^(?:CERT|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
    return new DatabaseRefused(`Its certificate cannot be trusted: ${error.message}`, { cause: error });
  if (error.message === 'The server does not support SSL connections')
    return new DatabaseRefused('The server does not offer TLS.', { cause: error });
  if (/^[0-9A-Z]{5}$/.test(code) && !PASSING.test(code))
    return new DatabaseRefused(error.message, { cause: error });
  return new DatabaseFailed(error.message || 'The connection broke off.', { cause: error });
}
