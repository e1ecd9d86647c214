import { z } from 'zod';
import { permits } from '../../kernel/access.ts';
import type { App, Scope } from '../../kernel/context.ts';
import type { Collection } from '../../kernel/define.ts';
import { type FieldError, Problem } from '../../kernel/errors.ts';
import { filterFields } from '../../kernel/lists/list-query.ts';
import { fieldErrors } from '../../kernel/schema.ts';
import { actionOf, type HookEndpoint } from './endpoints.collection.ts';

/** Modules that say who may do what: no delivery reaches into them, whatever its role. */
const CONTROLS = ['auth', 'tenants', 'platform', 'hooks', 'webhooks', 'jobs', 'imports'];

const data = z.record(z.string(), z.unknown());
const collection = z.string().max(60);
const key = z.string().min(1).max(60);

/** What a mapping of the action `mixed` gives: each says itself what is to be done. */
const mixed = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('create'), collection, data }),
  z.strictObject({ action: z.enum(['update', 'upsert', 'delete']), collection, key, data }),
  z.strictObject({ action: z.literal('event'), type: z.string().min(1).max(120).optional(), data }),
]);
export type Write = Exclude<z.output<typeof mixed>, { action: 'event' }>;
export type HookOperation = z.output<typeof mixed>;

/** What mapped records mean at an endpoint. Throws a 422 Problem that lists what is none. */
export function operationsOf(
  endpoint: Pick<HookEndpoint, 'action' | 'collection' | 'key'>,
  records: readonly Record<string, unknown>[],
): HookOperation[] {
  const action = actionOf(endpoint);
  if (action === 'event') return records.map((record) => ({ action, data: record }));
  const { collection: target = '', key: by = '' } = endpoint;
  if (action === 'create') return records.map((record) => ({ action, collection: target, data: record }));
  if (action !== 'mixed')
    return records.map((record) => ({ action, collection: target, key: by, data: record }));
  const parsed = z.array(mixed).safeParse(records);
  if (parsed.success) return parsed.data;
  throw new Problem(
    'invalid',
    'The mapping must say of each record what is to be done: action, collection, data.',
    {
      errors: fieldErrors(parsed.error),
    },
  );
}

const unfit = (path: string, message: string, code: string): Problem => {
  const errors: FieldError[] = [{ path, message, code }];
  return new Problem('invalid', 'This cannot be written by a webhook.', { errors });
};

/** The collection of a write, which its caller must be allowed to make. Throws a 403 or 422 Problem. */
export function targetOf(
  app: App,
  { caller }: Pick<Scope, 'caller'>,
  write: Pick<Write, 'action' | 'collection'>,
): Collection {
  const target = app.registry.collections.get(write.collection);
  if (!target || target.options.api || CONTROLS.includes(target.module))
    throw unfit(
      'collection',
      'Name a collection that can be written, such as finance.invoices.',
      'unknown_collection',
    );
  const needed = write.action === 'upsert' ? (['create', 'update'] as const) : [write.action];
  const missing = needed
    .map((action) => `${write.collection}.${action}`)
    .find((name) => !permits(caller, name));
  if (missing !== undefined)
    throw new Problem(
      'forbidden',
      `The API key that made this webhook lacks the permission ${missing}, so the webhook may not either.`,
    );
  return target;
}

/** Throws a 422 Problem when records of a collection cannot be found by a field. */
export function checkKey(target: Collection, by: string): void {
  const type = filterFields(target).get(by)?.kind;
  if (by === 'id' || type === 'string' || type === 'enum' || type === 'integer' || type === 'number') return;
  const usable = [...filterFields(target)].filter(([, { kind }]) => kind === 'string').map(([name]) => name);
  throw unfit('key', `Records are found by one of: ${['id', ...usable].join(', ')}.`, 'bad_key');
}
