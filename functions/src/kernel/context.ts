import type { Readable } from 'node:stream';
import type { Caller } from './access.ts';
import type { Collection, DataOf } from './define.ts';
import type { IdSource } from './ids.ts';
import type { Ai } from './ports/ai.ts';
import type { Bus } from './ports/bus.ts';
import type { Clock } from './ports/clock.ts';
import type { Databases } from './ports/databases.ts';
import type { Datasets } from './ports/datasets.ts';
import type { DocumentStore } from './ports/documents.ts';
import type { Files } from './ports/files.ts';
import type { Http } from './ports/http.ts';
import type { Log } from './ports/log.ts';
import type { Search } from './ports/search.ts';
import type { Secrets } from './ports/secrets.ts';
import type { Warehouse } from './ports/warehouse.ts';
import type { Repository } from './records/repository.ts';
import type { Registry } from './registry.ts';
import type { Principal } from './requests/identity.ts';
import type { Limiter } from './requests/limits.ts';

/** Everything the platform asks of the outside world. `adapters/compose.ts` makes one of these. */
export interface Ports {
  readonly documents: DocumentStore;
  readonly warehouse: Warehouse;
  readonly datasets: Datasets;
  readonly files: Files;
  readonly search: Search;
  readonly ai: Ai;
  readonly secrets: Secrets;
  readonly bus: Bus;
  readonly http: Http;
  readonly databases: Databases;
  readonly clock: Clock;
  readonly log: Log;
}

/** One running platform: its declarations and its ports. */
export interface App {
  readonly registry: Registry;
  readonly ports: Ports;
  readonly ids: IdSource;
  readonly limiter: Limiter;
  readonly settings: AppSettings;
}

export interface AppSettings {
  readonly version: string;
  /** `https://app.example.com`; for links in answers and mails. */
  readonly publicUrl: string;
}

/** The node that owns what belongs to the platform itself: users, sessions, the tenant tree. */
export const PLATFORM_TENANT = 'platform';

/** Where the runner finds due jobs of all tenants: one entry (`tenantId`, `dueAt`, `lane`) for each that is not over. */
export const JOB_QUEUE = `tenants/${PLATFORM_TENANT}/job-queue`;

/** Data access bound to one tenant and one caller. There is no way to name another tenant from here. */
export interface Scope {
  readonly tenantId: string;
  readonly caller: Caller;
  repo<C extends Collection>(collection: C): Repository<DataOf<C>>;
  /** Reads and writes of `work` commit together or not at all; `work` may run more than once. */
  transaction<T>(work: (transaction: TransactionScope) => Promise<T>): Promise<T>;
  /** The same tenant without the caller's limits; `reason` is recorded in every change. */
  asSystem(reason: string): Scope;
}

/** A scope inside a transaction. */
export interface TransactionScope extends Scope {
  /** The next number of a gap-free series: 1, 2, …; given back if the transaction fails. */
  sequence(name: string): Promise<number>;
  /** When the runner of jobs looks at this job of the tenant; undefined: no more. `enqueue` and its kin call it. */
  queueJob(
    jobId: string,
    entry: { readonly dueAt: string; readonly lane: string } | undefined,
  ): Promise<void>;
}

/** Before anybody is known. */
export interface PublicContext {
  readonly app: App;
  readonly ports: Ports;
  readonly requestId: string;
  readonly log: Log;
  /** The client's address; `0.0.0.0` when unknown. */
  readonly address: string;
  /** Host of the request, without port. */
  readonly host: string | undefined;
  readonly header: (name: string) => string | undefined;
  /** All headers, by lower-case name. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** The unparsed body, when the endpoint asked for it. */
  readonly body: () => Promise<Readable>;
  /** Aborted when the client goes away. */
  readonly signal: () => AbortSignal;
  /** The platform acting for no user, on any tenant; `reason` is recorded in every change. */
  asPlatform(reason: string): SystemContext;
}

export interface SignedInContext extends PublicContext {
  readonly principal: Principal;
}

/** The caller is a member of the tenant, and permitted to do this. */
export interface TenantContext extends SignedInContext, Scope {
  /** Whether the caller still is who they were, and may still do this: for answers that go on for long. */
  stillPermitted(): Promise<boolean>;
}

/** The platform acting for no user: subscribers, schedules, jobs. */
export interface SystemContext {
  readonly app: App;
  readonly ports: Ports;
  readonly requestId: string;
  readonly log: Log;
  readonly reason: string;
  tenant(tenantId: string): Scope;
  /** The platform's own node. */
  readonly platform: Scope;
  /** One transaction over several tenants; `work` may run more than once. */
  transaction<T>(work: (tenant: (tenantId: string) => TransactionScope) => Promise<T>): Promise<T>;
}

/** What a job's handler gets: the platform, and the tenant the job is for. */
export interface JobScope extends SystemContext {
  readonly scope: Scope;
  /** Aborted when the attempt's time is up, or when the job was cancelled or lost to another worker. */
  readonly signal: AbortSignal;
}
