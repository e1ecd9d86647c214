import { createConnection, type FieldPacket } from 'mysql2';
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

type Connection = ReturnType<typeof createConnection>;
type Value = DatabaseRow[string];

const BATCH = 500;
const CONNECT_MS = 15_000;

/** Reads by a prepared statement whose rows are taken from the connection no faster than they are wanted. */
export async function* read(
  query: DatabaseQuery,
  sockets: SocketMaker,
  signal?: AbortSignal,
): AsyncGenerator<DatabaseRow[]> {
  const { tls } = query;
  const socket = sockets.open(query);
  const connection = createConnection({
    host: query.host,
    port: query.port,
    database: query.database,
    user: query.user,
    password: query.password,
    stream: () => socket,
    ...(tls.verify
      ? { ssl: { rejectUnauthorized: true, verifyIdentity: true, ...(tls.ca ? { ca: tls.ca } : {}) } }
      : {}),
    connectTimeout: CONNECT_MS,
    // A server could ask for files of ours.
    flags: ['-LOCAL_FILES'],
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    charset: 'utf8mb4',
  });
  // Ending it politely would wait for the query.
  const stop = (): void => {
    connection.destroy();
    socket.destroy();
  };
  // An error of a connection nobody waits for; the next call on it tells.
  connection.on('error', () => undefined);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await prepare(connection, query);
    yield* rows(connection, query);
  } catch (error) {
    throw endedBy(signal, asDatabaseError(error));
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

async function prepare(connection: Connection, { timeoutMs }: DatabaseQuery): Promise<void> {
  await run(connection, "SET SESSION time_zone = '+00:00'");
  const [[version]] = await run(connection, 'SELECT version()');
  await run(
    connection,
    /mariadb/i.test(String(version))
      ? `SET SESSION max_statement_time = ${timeoutMs / 1_000}`
      : `SET SESSION max_execution_time = ${timeoutMs}`,
  );
  await run(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await run(connection, 'START TRANSACTION READ ONLY');
}

const run = (connection: Connection, sql: string): Promise<[[unknown]]> =>
  new Promise((resolve, reject) =>
    connection.query({ sql, rowsAsArray: true }, (error, result) =>
      error ? reject(error) : resolve(result as unknown as [[unknown]]),
    ),
  );

async function* rows(
  connection: Connection,
  { sql, since, maxRows }: DatabaseQuery,
): AsyncGenerator<DatabaseRow[]> {
  const { text, places } = withPlaceholder(sql, 'mysql', '?');
  const statement = connection.execute({ sql: text, rowsAsArray: true }, Array(places).fill(boundOf(since)));
  let fields: readonly FieldPacket[] = [];
  statement.on('fields', (found: FieldPacket[]) => {
    fields = found;
  });
  const limit = new RowLimit(maxRows);
  let names: readonly string[] | undefined;
  let batch: DatabaseRow[] = [];
  for await (const row of statement.stream({ highWaterMark: BATCH })) {
    names ??= checkNames(fields.map(({ name }) => name));
    batch.push(
      toRow(
        names,
        (row as unknown[]).map((cell, index) => jsonValue(cell, fields[index])),
      ),
    );
    if (batch.length < BATCH) continue;
    limit.add(batch.length);
    yield batch;
    batch = [];
  }
  limit.add(batch.length);
  if (batch.length > 0) yield batch;
}

/** MySQL takes no zone in a time, and the session is in UTC. */
function boundOf({ kind, value }: Bound = { kind: 'text' }): string {
  if (kind === 'time') return (value ?? '1000-01-01').replace('T', ' ').replace('Z', '');
  return value ?? (kind === 'number' ? '-9223372036854775808' : '');
}

/** Numbers of column types in the protocol (MySQL internals, `field_types.h`). */
const [FLOAT, TIMESTAMP, DATETIME] = [4, 7, 12];

function jsonValue(value: unknown, field: FieldPacket | undefined): Value {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  const type = field?.columnType;
  if (type === TIMESTAMP) return `${String(value).replace(' ', 'T')}Z`;
  if (type === DATETIME) return String(value).replace(' ', 'T');
  if (type === FLOAT && typeof value === 'number') return shortest(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}

/** The shortest number that is the same in four bytes. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

/** Classes of SQLSTATE that are about the query or the settings. */
const LASTING = /^(?:22|23|25|28|42|3D|0A)/;
/** ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL. */
const TIMEOUTS = [1969, 3024];

function asDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseRefused || error instanceof DatabaseFailed || !(error instanceof Error))
    return error;
  if (error instanceof HttpRefused) return new DatabaseRefused(error.message);
  const { code = '', errno, sqlState = '' } = error as NodeJS.ErrnoException & { sqlState?: string };
  if (errno !== undefined && TIMEOUTS.includes(errno))
    return new DatabaseFailed('The query took longer than it may.', { cause: error });
  if (/^(?:CERT|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HANDSHAKE_SSL)/.test(code))
    return new DatabaseRefused(`Its certificate cannot be trusted: ${error.message}`, { cause: error });
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT')
    return new DatabaseRefused('The server does not offer TLS.', { cause: error });
  if (LASTING.test(sqlState)) return new DatabaseRefused(error.message, { cause: error });
  return new DatabaseFailed(error.message || 'The connection broke off.', { cause: error });
}
