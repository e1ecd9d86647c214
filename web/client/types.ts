/** Shapes of the API's own endpoints. Collections are described by `generated/collections.json`. */
export type Role = 'viewer' | 'editor' | 'admin' | 'owner';
export const ROLES: readonly Role[] = ['viewer', 'editor', 'admin', 'owner'];

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly locale?: string;
}

export interface Tenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly plan: string;
  readonly role?: Role;
  readonly currency?: string;
  readonly timezone?: string;
  readonly locale?: string;
}

export interface Me {
  readonly user: User;
  readonly tenant: Tenant;
  readonly tenants: readonly Tenant[];
  readonly role: Role;
}

/** What signing in and signing up answer. */
export interface SignedIn {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly user: User;
  readonly tenant: Tenant;
}

/** A record of any collection: its fields beside what the platform sets. */
export interface AnyRecord extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly createdBy: string;
}

export interface Page<T = AnyRecord> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface HistoryEntry {
  readonly version: number;
  readonly operation: 'create' | 'update' | 'delete' | 'restore';
  readonly actor: {
    readonly kind: string;
    readonly id: string;
    readonly name?: string;
    readonly reason?: string;
  };
  readonly at: string;
  readonly requestId?: string;
  readonly patch: Readonly<Record<string, unknown>>;
}

export interface RowError {
  /** Counted without the header. */
  readonly row: number;
  /** Where the row begins in the file. */
  readonly line?: number;
  readonly field?: string;
  readonly message: string;
}

export interface ImportJob {
  readonly id: string;
  readonly collection: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly fileName?: string;
  readonly dryRun?: boolean;
  /** Rows found so far. */
  readonly rows: number;
  /** Rows dealt with. */
  readonly processed: number;
  /** Records, not rows: several rows may make one. */
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly errorCount: number;
  /** The first ones; the API has all of them as a file. */
  readonly errors: readonly RowError[];
  readonly warnings?: readonly string[];
  /** 0 to 100. */
  readonly progress?: number;
  readonly createdAt: string;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix?: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly lastUsedAt?: string;
  readonly revokedAt?: string;
}

export interface Member {
  readonly id: string;
  readonly userId?: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

/** One event of `GET /api/stream`. */
export interface LiveEvent {
  readonly id: string;
  readonly collection: string;
  readonly recordId: string;
  readonly operation: HistoryEntry['operation'];
  readonly version: number;
  readonly at: string;
}
