import { Readable } from 'node:stream';
import { z } from 'zod';
import { decide, hasRole, permits } from './access.ts';
import type { TenantContext } from './context.ts';
import { type Collection, defineCollection, type RecordOf } from './define.ts';
import { Problem } from './errors.ts';
import { fieldAt } from './fields.ts';
import { compact } from './records/record.ts';
import { instant, parseInput } from './schema.ts';
import { MEDIA_TYPES, TABLE_FORMATS, type TableFormat } from './tables/types.ts';

/** What an upload says of itself. */
export interface ImportRequest {
  readonly query: Readonly<Record<string, unknown>>;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly fileName: string | undefined;
  readonly body: Readable;
}

const count = z.int().min(0).default(0);

/** Errors a job carries itself; all of them are in the file of `imports.jobs.errors`. */
export const MAX_JOB_ERRORS = 1_000;

/** One upload and how far it has come. Made by `POST …/import`, worked on by the subscriber `imports.run`. */
export const importJobs = defineCollection({
  name: 'imports.jobs',
  idPrefix: 'imp',
  labels: { one: 'import', many: 'imports' },
  fields: {
    collection: z.string(),
    state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']).default('queued'),
    format: z.enum(TABLE_FORMATS),
    fileName: z.string().max(300).optional(),
    /** Bytes of the file as it was sent. */
    bytes: count,
    /** Field by which rows update records that are there. */
    key: z.string().optional(),
    dryRun: z.boolean().default(false),
    decimal: z.enum(['.', ',']).default('.'),
    /** Rows found so far. */
    rows: count,
    /** Rows dealt with: those that are in records now, and those skipped. */
    processed: count,
    /** Records, not rows: several rows may make one. */
    created: count,
    updated: count,
    /** Rows whose record had these values already; part of `skipped`. */
    unchanged: count,
    /** Rows that are not in a record because of this import. */
    skipped: count,
    errorCount: count,
    /** The first ones. A row is counted without the header; `line` is where it begins in the file. */
    errors: z
      .array(z.strictObject({ row: z.int(), line: z.int(), field: z.string(), message: z.string() }))
      .max(MAX_JOB_ERRORS)
      .default([]),
    warnings: z.array(z.string()).default([]),
    /** 0 to 100. */
    progress: z.int().min(0).max(100).default(0),
    startedAt: instant.optional(),
    finishedAt: instant.optional(),
    /** Pieces of the file that are dealt with; work goes on after them. */
    cursor: count,
    /** Counted up to ask for the next slice of work. */
    slice: count,
    /** Starts without any progress since. */
    attempts: count,
    /** Whose rights the import has. */
    actor: z.strictObject({
      kind: z.enum(['user', 'api_key', 'system', 'webhook']),
      id: z.string(),
      role: z.enum(['viewer', 'editor', 'admin', 'owner']),
      permissions: z.array(z.string()).optional(),
    }),
  },
  access: {
    // Errors quote the file, so a job is for whoever sent it, and for administrators.
    read: (caller) => (hasRole(caller, 'admin') ? true : { createdBy: caller.id }),
    create: 'viewer',
    update: () => false,
    delete: () => false,
  },
  secret: ['actor'],
  filters: ['state', 'collection'],
  unindexed: ['errors', 'warnings', 'actor'],
  example: {
    collection: 'crm.contacts',
    format: 'csv',
    actor: { kind: 'user', id: 'usr_01JD0000000000000000000000', role: 'editor' },
  },
  warehouse: 'none',
  api: 'read-only',
});
export type ImportJob = RecordOf<typeof importJobs>;

/** Where the upload of a job lies until the job has ended. */
export const importFileKey = (tenantId: string, jobId: string): string =>
  `tenants/${tenantId}/imports/${jobId}`;

const MAX_BYTES = 2 ** 30;

const TYPES: Readonly<Record<string, TableFormat>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/x-jsonlines': 'ndjson',
  'application/json': 'json',
  [MEDIA_TYPES.xlsx]: 'xlsx',
};

const querySchema = z.strictObject({
  key: z.string().max(200).optional(),
  dryRun: z.stringbool().default(false),
  format: z.enum(TABLE_FORMATS).optional(),
  decimal: z.enum(['.', ',']).optional(),
});

/**
 * Stores the upload and queues its job; the answer of `POST …/import`. Query: `key` (update the records whose field
 * has the row's value), `dryRun` (check only), `format` (instead of the content type), `decimal` (`,` for 1,5).
 * Throws 400 for an empty body or a wrong parameter, 403 for a key without the right to update, 413, and 415 for a type
 * that is no table.
 */
export async function startImport(
  ctx: TenantContext,
  collection: Collection,
  request: ImportRequest,
): Promise<ImportJob> {
  const { key, dryRun, format: wanted, decimal } = parseInput(querySchema, request.query, 'The query');
  const format = wanted ?? formatOf(request);
  if (key !== undefined) checkKey(ctx, collection, key);
  const id = ctx.app.ids.next(importJobs.options.idPrefix);
  const file = importFileKey(ctx.tenantId, id);
  const { bytes } = await ctx.ports.files.write(file, await notEmpty(request.body), { maxBytes: MAX_BYTES });
  const { kind, id: actorId, role, permissions } = ctx.caller;
  const job = {
    collection: collection.name,
    format,
    fileName: request.fileName?.slice(0, 300),
    bytes,
    key,
    dryRun,
    decimal,
    actor: { kind, id: actorId, role, ...(permissions ? { permissions: [...permissions] } : {}) },
  };
  try {
    return await ctx.repo(importJobs).create(compact(job), { id });
  } catch (error) {
    await ctx.ports.files.delete(file);
    throw error;
  }
}

function formatOf({ contentType, contentEncoding }: ImportRequest): TableFormat {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const format = TYPES[type];
  // Gzip is recognised by its bytes, whether a header announces it or not.
  const encoded = contentEncoding !== undefined && !/^(gzip|x-gzip|identity)$/i.test(contentEncoding.trim());
  if (format && !encoded) return format;
  throw new Problem(
    'unsupported_media_type',
    `Send the file itself as text/csv, application/x-ndjson, application/json or ${MEDIA_TYPES.xlsx}, also compressed by gzip; or name its format: ?format=${TABLE_FORMATS.join('|')}.`,
  );
}

function checkKey(ctx: TenantContext, collection: Collection, key: string): void {
  const mayUpdate =
    decide(collection.options.access.update, ctx.caller) !== false &&
    permits(ctx.caller, `${collection.name}.update`);
  if (!mayUpdate)
    throw new Problem(
      'forbidden',
      'A key updates records, which you may not. Import without it to add new ones.',
    );
  const { filters = [], lookups = [] } = collection.options;
  const scalar = (field: string): boolean =>
    !['array', 'object', 'json', undefined].includes(fieldAt(collection.fieldTypes, field)?.kind);
  const possible = [
    'id',
    ...[...lookups, ...filters].filter((field) => !field.includes('.') && scalar(field)),
  ];
  if (possible.includes(key)) return;
  const errors = [{ path: 'key', message: `Use one of ${possible.join(', ')}.`, code: 'bad_value' }];
  throw new Problem('malformed', 'Records cannot be found by this key.', { errors });
}

/** The body, when there is one. */
async function notEmpty(body: Readable): Promise<Readable> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let first = await chunks.next();
  while (!first.done && first.value.length === 0) first = await chunks.next();
  if (first.done) throw new Problem('malformed', 'The body is empty. Send the file as the body.');
  const head = first.value;
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return Readable.from(all(), { objectMode: false });
}
