import type { Change } from '../../kernel/changes/change.ts';
import { matchesEvent } from '../../kernel/changes/subscribe.ts';
import type { App, Scope } from '../../kernel/context.ts';
import type { Collection } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { stateAt } from '../../kernel/records/record-history.ts';
import type { WebhookEndpoint } from './endpoints.collection.ts';
import { messageOf } from './message.ts';

/** Whether an endpoint is to be sent a change. Depends on the change log only, so asking again gives the same answer. */
export async function wants(
  app: App,
  scope: Scope,
  endpoint: WebhookEndpoint,
  change: Change,
): Promise<boolean> {
  if (!matchesEvent(endpoint.events, change.event)) return false;
  const message = messageOf(app, endpoint, change);
  if (!message) return false;
  const { where, changedFields } = endpoint;
  if (changedFields && change.operation === 'update')
    if (!changedFields.some((field) => field in message.data.changes)) return false;
  if (!where) return true;
  const collection = app.registry.collections.get(change.collection);
  if (!collection) return false;
  const record = await recordAt(scope, collection, change);
  if (!record) return false;
  return Object.entries(where).every(([field, values]) =>
    values.some((value) => [record[field]].flat().includes(value)),
  );
}

/** The record as the change left it; before it, for a deletion. Undefined when it was removed for good since. */
async function recordAt(
  scope: Scope,
  collection: Collection,
  change: Change,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (change.operation === 'create') return change.patch;
  const repo = scope.repo(collection);
  const current = await repo.get(change.recordId);
  if (current?.version === change.version) return current;
  try {
    return await stateAt((page) => repo.history(change.recordId, page), change.version);
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return undefined;
    throw error;
  }
}
