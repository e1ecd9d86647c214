import { z } from 'zod';
import type { TenantContext } from '../context.ts';
import type { Collection } from '../define.ts';
import { Reply } from '../define.ts';
import { Problem } from '../errors.ts';
import { startImport } from '../import-job.ts';
import { exportRecords } from '../lists/export.ts';
import { parseListQuery } from '../lists/list-query.ts';
import { bulk } from '../records/bulk.ts';
import { fieldAccess } from '../records/field-access.ts';
import type { RecordMeta } from '../records/record.ts';
import type { Repository } from '../records/repository.ts';
import { parseInput } from '../schema.ts';
import { etag, type IncomingRequest, ifMatch, jsonBody } from './http.ts';
import type { Operation } from './operation.ts';

type AnyRecord = Record<string, unknown> & RecordMeta;
type Run = (
  ctx: TenantContext,
  request: IncomingRequest,
  id: string,
  repo: Repository<Record<string, unknown>>,
) => Promise<Reply>;

interface Route {
  readonly action: string;
  readonly method: string;
  readonly suffix: string;
  readonly permission: 'read' | 'create' | 'update' | 'delete';
  readonly body?: Operation['body'];
  readonly status?: number;
  readonly summary: (many: string, one: string) => string;
  readonly run: Run;
}

const meta = {
  id: z.string(),
  version: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
  createdBy: z.string(),
};
const withTag = (status: number, record: AnyRecord, headers: Record<string, string> = {}): Reply =>
  new Reply(status, record, { etag: etag(record.version), ...headers });

/** A create holds the whole record, so its answer can be told again from its change. */
function createdAgain(collection: Collection, base: string): NonNullable<Operation['recover']> {
  return (caller, { recordId, patch }) => {
    const record = fieldAccess(collection).show({ id: recordId, ...patch } as AnyRecord, caller);
    return withTag(201, record, { location: `${base}/${recordId}`, 'idempotent-replayed': 'true' });
  };
}

function guard(collection: Collection, request: IncomingRequest): { ifVersion: number | undefined } {
  if (collection.options.requireIfMatch && request.header('if-match') === undefined)
    throw new Problem('precondition_required', 'Send If-Match with the ETag of the record you read.');
  return { ifVersion: ifMatch(request) };
}

/** Every operation a collection serves, derived from its declaration; one function serves them all. */
export function collectionOperations(collection: Collection): Operation[] {
  const { labels, api, example, fields, computed, secret = [] } = collection.options;
  if (api === 'none') return [];
  const base = `/api/${collection.name.replace('.', '/')}`;
  const record = z.object(
    Object.fromEntries(
      Object.entries({ ...fields, ...computed, ...meta }).filter(([name]) => !secret.includes(name)),
    ),
  );
  const input = z.strictObject(fields);
  return routes(collection, base)
    .filter((route) => api !== 'read-only' || route.permission === 'read')
    .map((route) => ({
      name: `${collection.name}.${route.action}`,
      functionName: collection.key,
      method: route.method,
      path: base + route.suffix,
      summary: route.summary(labels.many, labels.one),
      permission: `${collection.name}.${route.permission}`,
      access: collection.options.access[route.permission],
      body: route.body ?? 'none',
      status: route.status ?? 200,
      input:
        route.action === 'create' || route.action === 'replace'
          ? input
          : route.action === 'patch'
            ? input.partial()
            : undefined,
      output: OUTPUT[route.action]?.(record),
      example:
        route.action === 'bulk'
          ? { operations: [{ op: 'create', data: example }] }
          : route.action === 'revert'
            ? { version: 1 }
            : example,
      ...(route.action === 'create' ? { recover: createdAgain(collection, base) } : {}),
      run: (ctx, request, { id = '' }) =>
        route.run(ctx as TenantContext, request, id, (ctx as TenantContext).repo(collection)),
    }));
}

const OUTPUT: Readonly<Record<string, (record: z.ZodType) => z.ZodType | undefined>> = {
  list: (record) => z.object({ items: z.array(record), nextCursor: z.string().nullable() }),
  create: (record) => record,
  get: (record) => record,
  replace: (record) => record,
  patch: (record) => record,
  restore: (record) => record,
  revert: (record) => record,
};

function routes(collection: Collection, base: string): Route[] {
  return [
    {
      action: 'list',
      method: 'GET',
      suffix: '',
      permission: 'read',
      summary: (many) => `List ${many}`,
      run: async (ctx, request, _id, repo) => {
        const query = parseListQuery(collection, request.query, ctx.tenantId);
        const page = await repo.list(query);
        return new Reply(
          200,
          query.fields ? { ...page, items: page.items.map((item) => pick(item, query.fields ?? [])) } : page,
        );
      },
    },
    {
      action: 'create',
      method: 'POST',
      suffix: '',
      permission: 'create',
      body: 'json',
      status: 201,
      summary: (_, one) => `Create a ${one}`,
      run: async (_ctx, request, _id, repo) => {
        const record = (await repo.create(jsonBody(request))) as AnyRecord;
        return withTag(201, record, { location: `${base}/${record.id}` });
      },
    },
    {
      action: 'bulk',
      method: 'POST',
      suffix: '/bulk',
      permission: 'update',
      body: 'json',
      summary: (many) => `Write up to 500 ${many}, each answered`,
      run: async (ctx, request, _id, repo) =>
        new Reply(200, { results: await bulk(ctx, collection, repo, jsonBody(request)) }),
    },
    {
      action: 'import',
      method: 'POST',
      suffix: '/import',
      permission: 'create',
      body: 'stream',
      status: 202,
      summary: (many) => `Import ${many} from a file`,
      run: async (ctx, request) => {
        const job = await startImport(ctx, collection, {
          query: request.query,
          contentType: request.header('content-type'),
          contentEncoding: request.header('content-encoding'),
          fileName: request.header('x-file-name'),
          body: await ctx.body(),
        });
        return new Reply(202, job, { location: `/api/imports/jobs/${job.id}` });
      },
    },
    {
      action: 'export',
      method: 'GET',
      suffix: '/export',
      permission: 'read',
      summary: (many) => `Export ${many} as a file`,
      run: async (_ctx, request, _id, repo) => exportRecords(collection, repo, request.query),
    },
    {
      action: 'get',
      method: 'GET',
      suffix: '/{id}',
      permission: 'read',
      summary: (_, one) => `Get a ${one}`,
      run: async (_ctx, request, id, repo) => {
        const record = (await repo.require(id)) as AnyRecord;
        if (request.header('if-none-match') === etag(record.version))
          return new Reply(304, undefined, { etag: etag(record.version) });
        return withTag(200, record);
      },
    },
    {
      action: 'replace',
      method: 'PUT',
      suffix: '/{id}',
      permission: 'update',
      body: 'json',
      summary: (_, one) => `Replace a ${one}`,
      run: async (_ctx, request, id, repo) =>
        withTag(
          200,
          (await repo.replace(id, withoutMeta(jsonBody(request)), guard(collection, request))) as AnyRecord,
        ),
    },
    {
      action: 'patch',
      method: 'PATCH',
      suffix: '/{id}',
      permission: 'update',
      body: 'json',
      summary: (_, one) => `Change fields of a ${one} (JSON merge patch)`,
      run: async (_ctx, request, id, repo) =>
        withTag(200, (await repo.patch(id, jsonBody(request), guard(collection, request))) as AnyRecord),
    },
    {
      action: 'delete',
      method: 'DELETE',
      suffix: '/{id}',
      permission: 'delete',
      status: 204,
      summary: (_, one) => `Delete a ${one}; it can be restored`,
      run: async (_ctx, request, id, repo) => {
        await repo.delete(id, guard(collection, request));
        return new Reply(204, undefined);
      },
    },
    {
      action: 'restore',
      method: 'POST',
      suffix: '/{id}/restore',
      permission: 'delete',
      body: 'json',
      summary: (_, one) => `Restore a deleted ${one}`,
      run: async (_ctx, request, id, repo) => {
        parseInput(z.strictObject({}), jsonBody(request), 'The body');
        return withTag(200, (await repo.restore(id)) as AnyRecord);
      },
    },
    {
      action: 'history',
      method: 'GET',
      suffix: '/{id}/history',
      permission: 'read',
      summary: (_, one) => `The versions of a ${one}, newest first`,
      run: async (_ctx, request, id, repo) => {
        const { before, limit } = parseInput(historyQuery, request.query, 'The query');
        const items = await repo.history(id, {
          limit,
          ...(before === undefined ? {} : { beforeVersion: before }),
        });
        return new Reply(200, {
          items,
          nextCursor: items.length === limit ? String(items.at(-1)?.version) : null,
        });
      },
    },
    {
      action: 'revert',
      method: 'POST',
      suffix: '/{id}/revert',
      permission: 'update',
      body: 'json',
      summary: (_, one) => `Bring back an earlier version of a ${one}`,
      run: async (_ctx, request, id, repo) => {
        const { version } = parseInput(
          z.strictObject({ version: z.int().min(1) }),
          jsonBody(request),
          'The body',
        );
        return withTag(200, (await repo.revert(id, version)) as AnyRecord);
      },
    },
  ];
}

const historyQuery = z
  .strictObject({
    cursor: z.coerce.number().int().min(1).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(100),
  })
  .transform(({ cursor, limit }) => ({ before: cursor, limit }));

const pick = (record: object, fields: readonly string[]): object =>
  Object.fromEntries(Object.entries(record).filter(([name]) => fields.includes(name)));

/** A record that was read may be sent back whole: what the platform sets is ignored in a replace. */
function withoutMeta(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const {
    id: _id,
    version: _version,
    createdAt: _createdAt,
    updatedAt: _updatedAt,
    createdBy: _createdBy,
    ...fields
  } = body as Record<string, unknown>;
  return fields;
}
