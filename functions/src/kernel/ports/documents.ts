/**
 * Documents in a tree of collections, with atomic conditional commits: what the kernel needs of Firestore.
 * Paths alternate collection and id (`tenants/ten_1/crm-contacts/con_1`). Data is plain JSON, plus `ServerTime` and `Date` (an expiry).
 */
export interface StoredDocument {
  readonly path: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Opaque; equal exactly when the document has not been written since. */
  readonly revision: string;
}

/** A time set by the server, to the microsecond: what `SERVER_TIME` reads back as, and what queries compare it with. */
export class ServerTime {
  /** RFC 3339 in UTC with six decimals. */
  readonly iso: string;
  constructor(iso: string) {
    this.iso = iso;
  }
}

/** When a write may happen; otherwise the whole commit fails with `CommitConflict`. */
export type Precondition = { exists: boolean } | { revision: string };

/** A value set by the server: the time of the commit. */
export const SERVER_TIME: unique symbol = Symbol('SERVER_TIME');

export type DocumentWrite =
  | {
      kind: 'set';
      path: string;
      data: Readonly<Record<string, unknown>>;
      when?: Precondition;
      /** With a revision guard: top-level fields of that revision which `data` has no more. */
      dropped?: readonly string[];
    }
  | { kind: 'delete'; path: string; when?: Precondition };

/** A precondition did not hold; nothing of the commit was applied. */
export class CommitConflict extends Error {
  readonly reason: 'exists' | 'missing' | 'stale';
  constructor(reason: 'exists' | 'missing' | 'stale', options?: ErrorOptions) {
    super(`commit refused: ${reason}`, options);
    this.name = 'CommitConflict';
    this.reason = reason;
  }
}

/** The store refused because it is full, gone or shutting down; nothing was written. */
export class StoreUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailable';
  }
}

export type WhereOperator = '==' | '<' | '<=' | '>' | '>=' | 'in' | 'array-contains';

export interface DocumentQuery {
  /** Path of the collection (`tenants/ten_1/crm-contacts`). */
  readonly collection: string;
  readonly where?: readonly (readonly [field: string, operator: WhereOperator, value: unknown])[];
  /** The document id is always the last order, in the direction of the last field. */
  readonly orderBy?: readonly (readonly [field: string, direction: 'asc' | 'desc'])[];
  /** Values of `orderBy`, then the document id: the page starts after this position. */
  readonly startAfter?: readonly unknown[];
  readonly limit: number;
}

/** Reads and writes that see one snapshot and commit together. Reads come before writes. */
export interface DocumentTransaction {
  get(path: string): Promise<StoredDocument | undefined>;
  query(query: DocumentQuery): Promise<StoredDocument[]>;
  write(...writes: DocumentWrite[]): void;
}

export interface DocumentStore {
  get(path: string): Promise<StoredDocument | undefined>;
  /** In the order of the paths; undefined where there is no document. */
  getAll(paths: readonly string[]): Promise<(StoredDocument | undefined)[]>;
  query(query: DocumentQuery): Promise<StoredDocument[]>;
  count(query: Omit<DocumentQuery, 'limit' | 'orderBy' | 'startAfter'>): Promise<number>;
  /** All or nothing. Throws `CommitConflict` or `StoreUnavailable`. */
  commit(writes: readonly DocumentWrite[]): Promise<void>;
  /** Runs `work` again from the start when another commit interfered; `work` must have no other effect. */
  transaction<T>(work: (transaction: DocumentTransaction) => Promise<T>): Promise<T>;
  /** Calls `changed` after every commit that touches the result of `query`, at least once at the start. */
  watch(
    query: DocumentQuery,
    changed: (documents: StoredDocument[]) => void,
    failed: (error: unknown) => void,
  ): () => void;
}
