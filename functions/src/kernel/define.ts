import type { z } from 'zod';
import type { AccessRule, CollectionAccess } from './access.ts';
import type { Change } from './changes/change.ts';
import type {
  App,
  PublicContext,
  SignedInContext,
  SystemContext,
  TenantContext,
  TransactionScope,
} from './context.ts';
import type { FieldType } from './fields.ts';
import { describeFields } from './fields.ts';
import type { Job } from './jobs/jobs.ts';
import type { Metric } from './metric.ts';
import type { RecordMeta } from './records/record.ts';
import type { Authenticator, TenantResolver } from './requests/identity.ts';
import { strictObject } from './schema.ts';
import type { TenantSettings } from './tenants/tenant-settings.ts';

/** `*`, `finance.*`, `finance.invoices.*` or one event name. */
export type EventPattern = string;

/** What a collection's `prepare` may see while a write is made. */
export interface PrepareContext<Data> {
  readonly operation: 'create' | 'update' | 'restore';
  readonly previous: (Data & RecordMeta) | undefined;
  readonly id: string;
  /** RFC 3339 */
  readonly now: string;
  /** Present when `transactional` said so: reads and writes here commit with the record. */
  readonly transaction: TransactionScope | undefined;
  /** What the platform declares, and its ports. */
  readonly app: App;
  /** Currency, time zone and language of the tenant; at most some seconds old. */
  tenant(): Promise<TenantSettings>;
}

/** One field as a column of imported files: other spellings that are accepted as its header. */
export interface ImportOptions {
  /** Header spellings, compared without case, spaces and punctuation: `{ number: ['InvoiceNo'] }`. Dots reach into `groupBy` lines. */
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  /** Rows that share this field are one record; the columns of `lines` make its elements. */
  readonly groupBy?: { readonly field: string; readonly lines: string };
  /** Corrects a raw row (field path → text) before it is parsed, e.g. a price in major units. */
  readonly row?: (row: Readonly<Record<string, string>>) => Readonly<Record<string, unknown>>;
}

/** What a shape parses to; an empty shape adds nothing. */
type OutputOf<Shape extends z.ZodRawShape> = keyof Shape extends never
  ? object
  : z.output<z.ZodObject<Shape>>;
type Draft<Fields extends z.ZodRawShape, Computed extends z.ZodRawShape> = OutputOf<Fields> &
  Partial<OutputOf<Computed>>;
type Stored<Fields extends z.ZodRawShape, Computed extends z.ZodRawShape> = OutputOf<Fields> &
  OutputOf<Computed>;

export interface CollectionOptions<Fields extends z.ZodRawShape, Computed extends z.ZodRawShape> {
  /** `module.collection` in lower-case words joined by hyphens; names the route, the function and the permission. */
  readonly name: string;
  /** Ids look like `con_01J…`. */
  readonly idPrefix: string;
  /** Singular and plural, in English; translations live in the portal's message catalogue under the same name. */
  readonly labels: { readonly one: string; readonly many: string };
  /** What callers write. */
  readonly fields: Fields;
  /** What `prepare` sets; callers read it and get 422 when they send it. */
  readonly computed?: Computed;
  readonly access: CollectionAccess;
  /** Stricter rules for single fields. Unreadable fields are left out, unwritable ones refused. */
  readonly fieldAccess?: Readonly<
    Record<string, { readonly read?: AccessRule; readonly write?: AccessRule }>
  >;
  /** Fields that no caller ever reads and that never enter the change log (hashes, keys). */
  readonly secret?: readonly string[];
  /** Fields that lists may filter on. */
  readonly filters?: readonly string[];
  /** Fields whose values pick few records (an address, a number): filters too, served by their own index and sorted in memory. */
  readonly lookups?: readonly string[];
  /** Fields that lists may sort on, beside createdAt and updatedAt. */
  readonly sorts?: readonly string[];
  /** Fields `?q=` looks into. */
  readonly search?: readonly string[];
  /** Fields of which no two live records of a tenant may have the same value. */
  readonly unique?: readonly string[];
  /** Large or never-filtered fields that need no index of their own. */
  readonly unindexed?: readonly string[];
  /** Writes must carry If-Match (428 otherwise). */
  readonly requireIfMatch?: boolean;
  /** A valid `fields` body: shown in the API reference, and the seed of the generated tests. */
  readonly example: z.input<z.ZodObject<Fields>>;
  readonly import?: ImportOptions;
  /** Whether this write must run in a transaction (a gap-free number, a second record). */
  transactional?(
    draft: Readonly<Record<string, unknown>>,
    previous: Readonly<Record<string, unknown>> | undefined,
  ): boolean;
  /** Computes fields and checks rules across fields, before the write. Throws Problems. */
  prepare?(
    draft: Draft<Fields, Computed>,
    context: PrepareContext<Stored<Fields, Computed>>,
  ): Awaitable<Stored<Fields, Computed>>;
  /**
   * Updates that are told by a name of their own instead of `updated`, by what they change (RFC 7396) and what was
   * before: `{ failed: (patch) => patch.state === 'failed' }`. The first that fits counts.
   */
  readonly events?: Readonly<
    Record<
      string,
      (patch: Readonly<Record<string, unknown>>, before: Readonly<Record<string, unknown>>) => boolean
    >
  >;
  /** `none` keeps the collection out of the warehouse. */
  readonly warehouse?: 'none';
  /** `none` keeps the collection off the public API: only its module's endpoints reach it. */
  readonly api?: 'none' | 'read-only';
}

export type Awaitable<T> = T | Promise<T>;

/** A declared collection. `Data` is what a record holds beside its metadata. */
export interface Collection<Data extends object = Record<string, unknown>> {
  readonly kind: 'collection';
  readonly name: string;
  readonly module: string;
  /** The collection id in the document store, and the function's name: `crm-contacts`. */
  readonly key: string;
  readonly options: CollectionOptions<z.ZodRawShape, z.ZodRawShape>;
  /** Strict schema of what callers may send. */
  readonly input: z.ZodType<Record<string, unknown>>;
  readonly fieldTypes: ReadonlyMap<string, FieldType>;
  /** Carries the type only. */
  readonly data?: Data;
}

export type DataOf<C> = C extends Collection<infer Data> ? Data : never;
export type RecordOf<C> = DataOf<C> & RecordMeta;

export function defineCollection<
  Fields extends z.ZodRawShape,
  Computed extends z.ZodRawShape = Record<never, z.ZodType>,
>(options: CollectionOptions<Fields, Computed>): Collection<Stored<Fields, Computed>> {
  const [module = '', ...rest] = options.name.split('.');
  if (!/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/.test(options.name))
    throw new TypeError(`collection name ${options.name}`);
  return {
    kind: 'collection',
    name: options.name,
    module,
    key: [module, ...rest].join('-'),
    options: options as unknown as Collection['options'],
    input: strictObject(options.fields),
    fieldTypes: describeFields({ ...options.fields, ...options.computed }),
  };
}

/** Who may call an endpoint: anybody, anybody signed in, or members by rule. */
export type EndpointAccess = 'public' | 'signed-in' | AccessRule;

export type ContextFor<A extends EndpointAccess> = A extends 'public'
  ? PublicContext
  : A extends 'signed-in'
    ? SignedInContext
    : TenantContext;

export interface EndpointOptions<
  A extends EndpointAccess,
  Input extends z.ZodType,
  Output extends z.ZodType,
> {
  /** `crm.contacts.merge` is `POST /api/crm/contacts/merge`, function `crm-contacts-merge`, permission `crm.contacts.merge`. */
  readonly name: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Other path than the name gives; for the few published ones that differ. `{id}` marks a parameter, which joins the input. */
  readonly path?: string;
  /** One sentence for the API reference. */
  readonly summary: string;
  readonly access: A;
  /** Query parameters for GET and DELETE, the body otherwise. */
  readonly input: Input;
  readonly output: Output;
  /** A valid input, shown in the API reference and used by the generated tests. Required: no example, no build. */
  readonly example: z.input<Input>;
  /** HTTP status of success; 200 by default. */
  readonly status?: 200 | 201 | 202 | 204;
  /** At most `points` calls each `seconds` for one key: the client's address, or the signed-in principal. */
  readonly limit?: {
    readonly points: number;
    readonly seconds: number;
    readonly by: 'address' | 'principal';
  };
  /** `stream` hands the raw body to the handler as `ctx.body` instead of parsing it. */
  readonly body?: 'json' | 'stream';
  handle(ctx: ContextFor<A>, input: z.output<Input>): Awaitable<z.input<Output> | Reply>;
}

/** A reply that is not a JSON body: a stream of events, a file, or an answer with headers of its own. */
export class Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export interface Endpoint {
  readonly kind: 'endpoint';
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly options: EndpointOptions<EndpointAccess, z.ZodType, z.ZodType>;
}

export function defineEndpoint<A extends EndpointAccess, Input extends z.ZodType, Output extends z.ZodType>(
  options: EndpointOptions<A, Input, Output>,
): Endpoint {
  return {
    kind: 'endpoint',
    name: options.name,
    method: options.method ?? 'POST',
    path: options.path ?? `/api/${options.name.replaceAll('.', '/')}`,
    options: options as unknown as Endpoint['options'],
  };
}

/** Reads the change log. Delivered at least once, in order within a record: be idempotent by change id. */
export interface Subscriber {
  readonly name: string;
  readonly on: readonly EventPattern[];
  handle(ctx: SystemContext, changes: readonly Change[]): Promise<void>;
}
export const defineSubscriber = (subscriber: Subscriber): Subscriber => subscriber;

export interface Schedule {
  readonly name: string;
  /** Unix cron, UTC: `0 3 * * *`. */
  readonly cron: string;
  handle(ctx: SystemContext): Promise<void>;
}
export const defineSchedule = (schedule: Schedule): Schedule => schedule;

export { defineMetric, type Metric, type MetricJoin } from './metric.ts';

export interface ModuleOptions {
  readonly name: string;
  readonly collections?: readonly Collection[];
  readonly endpoints?: readonly Endpoint[];
  readonly subscribers?: readonly Subscriber[];
  readonly schedules?: readonly Schedule[];
  readonly metrics?: readonly Metric[];
  readonly jobs?: readonly Job[];
  /** Recognises bearer tokens. */
  readonly authenticators?: readonly Authenticator[];
  /** Finds the tenant of a request and the caller's place in it; exactly one module has this. */
  readonly tenants?: TenantResolver;
}
export type Module = Required<
  Pick<
    ModuleOptions,
    'name' | 'collections' | 'endpoints' | 'subscribers' | 'schedules' | 'metrics' | 'jobs' | 'authenticators'
  >
> &
  Pick<ModuleOptions, 'tenants'>;

export function defineModule(options: ModuleOptions): Module {
  return {
    collections: [],
    endpoints: [],
    subscribers: [],
    schedules: [],
    metrics: [],
    jobs: [],
    authenticators: [],
    ...options,
  };
}
