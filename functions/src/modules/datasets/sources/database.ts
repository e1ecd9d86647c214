import { z } from 'zod';
import { type DatabaseEngine, DatabaseFailed, DatabaseRefused } from '../../../kernel/ports/databases.ts';
import { defineSourceKind, type Fetching, SourceFailed, type SourceRecord, SourceRefused } from './kind.ts';

/** Rows that are enough to judge columns by. */
const PREVIEW_ROWS = 2_000;
const DEFAULT_SECONDS = 300;
const DEFAULT_ROWS = 10_000_000;

const connection = {
  host: z.string().trim().toLowerCase().min(1).max(253),
  database: z.string().min(1).max(128),
  user: z.string().min(1).max(128),
  /** One SELECT. `:since` in it stands for the greatest value loaded so far, when the source is read incrementally. */
  query: z.string().min(1).max(100_000),
  /** `verify`: the server proves its name by a certificate. `off`: what is read can be read and changed on its way. */
  tls: z.enum(['verify', 'off']).default('verify'),
  /** Certificate (PEM) of a private authority. */
  ca: z.string().max(100_000).includes('-----BEGIN CERTIFICATE-----').optional(),
  timeoutSeconds: z.int().min(1).max(450).default(DEFAULT_SECONDS),
  maxRows: z.int().min(1).max(1_000_000_000).default(DEFAULT_ROWS),
};

/** A query to a database, as a kind of source. */
export const databaseSource = <Engine extends DatabaseEngine>(engine: Engine, port: number) => {
  const config = z.strictObject({
    kind: z.literal(engine),
    ...connection,
    port: z.int().min(1).max(65_535).default(port),
  });
  type Config = z.output<typeof config>;
  const tlsOf = ({ tls, ca }: Config) =>
    tls === 'verify'
      ? { verify: true as const, ...(ca === undefined ? {} : { ca }) }
      : { verify: false as const };
  return defineSourceKind({
    config,
    secrets: ['password'],
    // Without TLS anybody on the way could read the password, so turning it off is another place.
    audience: (of: Config) => `${of.tls}:${of.host}:${of.port}`,
    check: (of: Config, { ports }) => {
      const { host, port, query: sql } = of;
      const message = ports.databases.refusal({ engine, host, port, tls: tlsOf(of), sql });
      return message === undefined ? [] : [{ path: 'query', message, code: 'database_refused' }];
    },
    fetch: async (fetching, of: Config, _cursor, signal) => ({
      records: records(fetching, { ...of, engine, tls: tlsOf(of) }, signal),
      next: () => ({}),
    }),
  });
};

async function* records(
  { ports, secrets, since, preview }: Fetching,
  of: Pick<
    Parameters<Fetching['ports']['databases']['read']>[0],
    'engine' | 'host' | 'port' | 'database' | 'user' | 'tls' | 'maxRows'
  > & {
    readonly query: string;
    readonly timeoutSeconds: number;
  },
  signal: AbortSignal,
): AsyncGenerator<readonly SourceRecord[]> {
  const { engine, host, port, database, user, tls, query: sql, timeoutSeconds, maxRows } = of;
  const asked = { engine, host, port, database, user, tls, sql, maxRows };
  const settings = { password: secrets.password ?? '', timeoutMs: timeoutSeconds * 1_000 };
  let rows = 0;
  try {
    for await (const batch of ports.databases.read(
      { ...asked, ...settings, ...(since ? { since } : {}) },
      signal,
    )) {
      yield batch;
      rows += batch.length;
      if (preview && rows >= PREVIEW_ROWS) return;
    }
  } catch (error) {
    if (error instanceof DatabaseRefused) throw new SourceRefused(error.message);
    throw error instanceof DatabaseFailed ? new SourceFailed(error.message, 0, { cause: error }) : error;
  }
}
