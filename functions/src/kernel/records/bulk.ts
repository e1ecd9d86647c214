import { z } from 'zod';
import { permits } from '../access.ts';
import type { TenantContext } from '../context.ts';
import type { Collection } from '../define.ts';
import { asProblem, Problem } from '../errors.ts';
import { parseInput } from '../schema.ts';
import type { Repository } from './repository.ts';

const MAX_OPERATIONS = 500;

/** What an API key must be allowed for each kind of operation. */
const PERMISSION = {
  create: 'create',
  patch: 'update',
  update: 'update',
  replace: 'update',
  delete: 'delete',
  restore: 'delete',
} as const;

const operation = z.strictObject({
  op: z.enum(['create', 'patch', 'update', 'replace', 'delete', 'restore']),
  id: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  /** The version the caller last saw; another one is answered with 412. */
  version: z.int().optional(),
});
type BulkOperation = z.output<typeof operation>;

const body = z.strictObject({ operations: z.array(operation).min(1).max(MAX_OPERATIONS) });

export interface BulkResult {
  readonly status: number;
  readonly id?: string;
  readonly record?: unknown;
  readonly error?: { readonly code: string; readonly detail: string; readonly errors?: unknown };
}

/**
 * Each operation is a commit of its own and has an answer of its own, in the order they were sent; those on one
 * record are done in that order too.
 */
export async function bulk(
  ctx: TenantContext,
  collection: Collection,
  repo: Repository<Record<string, unknown>>,
  input: unknown,
): Promise<BulkResult[]> {
  const { operations } = parseInput(body, input, 'The body');
  const results = new Array<BulkResult>(operations.length);
  const queues = new Map<string, [number, BulkOperation][]>();
  for (const [index, item] of operations.entries()) {
    const key = item.id ?? `new ${index}`;
    const queue = queues.get(key);
    if (queue) queue.push([index, item]);
    else queues.set(key, [[index, item]]);
  }
  const run = async (queue: readonly [number, BulkOperation][]): Promise<void> => {
    for (const [index, item] of queue) results[index] = await answer(ctx, collection, repo, item);
  };
  await Promise.all([...queues.values()].map(run));
  return results;
}

async function answer(
  ctx: TenantContext,
  collection: Collection,
  repo: Repository<Record<string, unknown>>,
  item: BulkOperation,
): Promise<BulkResult> {
  try {
    const permission = `${collection.name}.${PERMISSION[item.op]}`;
    if (!permits(ctx.caller, permission))
      throw new Problem('forbidden', `This API key lacks the permission ${permission}.`);
    return await perform(repo, item);
  } catch (error) {
    const { status, code, message, errors } = asProblem(error);
    if (status >= 500)
      ctx.log.error({ requestId: ctx.requestId, error: String(error) }, 'an operation of a bulk failed');
    return {
      status,
      ...(item.id ? { id: item.id } : {}),
      error: { code, detail: message, ...(errors ? { errors } : {}) },
    };
  }
}

async function perform(
  repo: Repository<Record<string, unknown>>,
  { op, id = '', data = {}, version }: BulkOperation,
): Promise<BulkResult> {
  const guard = { ifVersion: version };
  switch (op) {
    case 'create':
      return { status: 201, record: await repo.create(data) };
    case 'restore':
      return { status: 200, record: await repo.restore(id) };
    case 'replace':
      return { status: 200, record: await repo.replace(id, data, guard) };
    case 'delete':
      await repo.delete(id, guard);
      return { status: 204, id };
    default:
      return { status: 200, record: await repo.patch(id, data, guard) };
  }
}
