/** Queries to databases that somebody else chose. Implementations refuse addresses of the platform's own network. */
export interface Databases {
  /**
   * Runs one query in a transaction that can only read, and gives its rows as they come; no more than a few hundred are
   * held. Whoever stops reading ends the query. Reading throws `DatabaseRefused` for what somebody has to correct,
   * `DatabaseFailed` for what may pass, the signal's reason when it was ended.
   */
  read(query: DatabaseQuery, signal?: AbortSignal): AsyncIterable<readonly DatabaseRow[]>;
  /** Why this can never be read, as far as it shows without a call; undefined when it may do. */
  refusal(query: Pick<DatabaseQuery, 'engine' | 'host' | 'port' | 'tls' | 'sql'>): string | undefined;
}

export const DATABASE_ENGINES = ['postgres', 'mysql'] as const;
/** MariaDB is read as `mysql`. */
export type DatabaseEngine = (typeof DATABASE_ENGINES)[number];

export interface DatabaseQuery {
  readonly engine: DatabaseEngine;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Whether the server has to prove its name by a certificate, of an authority of the system or of `ca` (PEM). */
  readonly tls: { readonly verify: true; readonly ca?: string } | { readonly verify: false };
  /** One query. `:since` stands for the value of `since`, which is sent beside the text and never put into it. */
  readonly sql: string;
  readonly since?: Bound;
  /** Milliseconds that the database may take for it. */
  readonly timeoutMs: number;
  /** With more rows than this, reading throws. */
  readonly maxRows: number;
}

/** From where on rows are wanted; without a value from the beginning. */
export interface Bound {
  readonly kind: 'time' | 'number' | 'text';
  /** RFC 3339 in UTC, digits, or a text. */
  readonly value?: string;
}

/**
 * A row as JSON holds it, without loss: whole numbers beyond 2^53, exact decimals, days and times (RFC 3339, those of a
 * zone in UTC) as text, JSON and arrays as text of JSON, bytes as base64. Null is null, and an empty text is a text.
 */
export type DatabaseRow = Readonly<Record<string, string | number | boolean | null>>;

/** What somebody has to correct before it can work: the message says what. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}

/** What may pass: no connection, a time limit, a conflict. */
export class DatabaseFailed extends Error {
  override readonly name = 'DatabaseFailed';
}
