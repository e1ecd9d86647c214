import type { z } from 'zod';
import { type Caller, decide, permits } from '../../kernel/access.ts';
import type { Change } from '../../kernel/changes/change.ts';
import type { App } from '../../kernel/context.ts';
import type { Collection } from '../../kernel/define.ts';
import { fieldAccess } from '../../kernel/records/field-access.ts';
import type { WebhookEndpoint } from './endpoints.collection.ts';

/** The body of a delivery. */
export interface Message {
  /** The event: `finance.invoices.updated`. */
  readonly type: string;
  /** RFC 3339; when it happened. */
  readonly timestamp: string;
  readonly data: {
    /** The record, and its version after the change. */
    readonly id: string;
    readonly collection: string;
    readonly version: number;
    readonly operation: string;
    /** JSON merge patch (RFC 7396) from the version before; the whole record when it was created. */
    readonly changes: Readonly<Record<string, unknown>>;
  };
}

/** What delivering itself writes: to send that too would never end. */
const OWN_TRACES = ['jobs.jobs', 'webhooks.attempts', 'webhooks.states'];

/** An endpoint sees what an administrator sees, or less when the API key that made it was narrowed. */
const viewer = (endpoint: Pick<WebhookEndpoint, 'id' | 'permissions'>): Caller => ({
  kind: 'webhook',
  id: endpoint.id,
  role: 'admin',
  ...(endpoint.permissions ? { permissions: endpoint.permissions } : {}),
});

/** Whether the changes of a collection are sent at all, and to this endpoint. */
export function maySend(
  collection: Collection,
  endpoint: Pick<WebhookEndpoint, 'id' | 'permissions'>,
): boolean {
  const { name, options } = collection;
  if (options.api === 'none' || OWN_TRACES.includes(name)) return false;
  const caller = viewer(endpoint);
  return decide(options.access.read, caller) === true && permits(caller, `${name}.read`);
}

/** The fields of a collection that an endpoint may see, with their schemas. */
export function shownFields(collection: Collection): Readonly<Record<string, z.ZodType>> {
  const { fields, computed } = collection.options;
  return fieldAccess(collection).show(
    { ...fields, ...computed },
    viewer({ id: 'who_0', permissions: undefined }),
  ) as Record<string, z.ZodType>;
}

/** The message of a change, with what the endpoint may see of it; undefined when that is nothing. */
export function messageOf(app: App, endpoint: WebhookEndpoint, change: Change): Message | undefined {
  const collection = app.registry.collections.get(change.collection);
  if (!collection || !maySend(collection, endpoint)) return undefined;
  const changes = fieldAccess(collection).show(change.patch, viewer(endpoint));
  const silent = Object.keys(changes).every((name) => name === 'updatedAt');
  if (change.operation === 'update' && silent) return undefined;
  const { recordId: id, version, operation } = change;
  return {
    type: change.event,
    timestamp: change.at,
    data: { id, collection: change.collection, version, operation, changes },
  };
}
