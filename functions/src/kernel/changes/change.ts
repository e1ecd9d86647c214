import type { Caller } from '../access.ts';
import type { Collection } from '../define.ts';
import { ServerTime } from '../ports/documents.ts';

export type Operation = 'create' | 'update' | 'delete' | 'restore';

/** One entry of a tenant's change log, as readers receive it. Immutable; its id is a ULID. */
export interface Change {
  readonly tenantId: string;
  readonly id: string;
  /** `crm.contacts` */
  readonly collection: string;
  readonly recordId: string;
  /** Version of the record after this change; versions of one record have no gaps. */
  readonly version: number;
  readonly operation: Operation;
  readonly actor: { readonly kind: Caller['kind']; readonly id: string; readonly reason?: string };
  readonly requestId: string;
  /** JSON merge patch (RFC 7396) from the version before; the whole record for a create. */
  readonly patch: Readonly<Record<string, unknown>>;
  /** `crm.contacts.created` */
  readonly event: string;
  /** RFC 3339; the server's commit time. */
  readonly at: string;
}

const PAST = { create: 'created', update: 'updated', delete: 'deleted', restore: 'restored' } as const;

/** The event a change announces: `crm.contacts` and `create` give `crm.contacts.created`. */
export const eventName = (collection: string, operation: Operation): string =>
  `${collection}.${PAST[operation]}`;

type Fields = Readonly<Record<string, unknown>>;

/** The event of an update: one that its collection declares, else `updated`. */
export function updateEvent({ name, options }: Collection, patch: Fields, before: Fields): string {
  const own = Object.entries(options.events ?? {}).find(([, when]) => when(patch, before));
  return own ? `${name}.${own[0]}` : eventName(name, 'update');
}

/** Every event a collection announces, with the operation it tells of. */
export const announcedBy = ({
  name,
  options,
}: Collection): readonly { readonly event: string; readonly operation: Operation }[] => [
  ...(Object.keys(PAST) as Operation[]).map((operation) => ({
    event: eventName(name, operation),
    operation,
  })),
  ...Object.keys(options.events ?? {}).map((own) => ({
    event: `${name}.${own}`,
    operation: 'update' as const,
  })),
];

/** Reads a stored change document. The patch is stored as JSON text: it is never queried, and text costs least. */
export function toChange(tenantId: string, id: string, data: Readonly<Record<string, unknown>>): Change {
  const at = data.at instanceof ServerTime ? data.at.iso : String(data.at);
  return {
    tenantId,
    id,
    collection: String(data.collection),
    recordId: String(data.recordId),
    version: Number(data.version),
    operation: data.operation as Operation,
    actor: data.actor as Change['actor'],
    requestId: String(data.requestId),
    patch: JSON.parse(String(data.patch)) as Record<string, unknown>,
    event: String(data.event),
    at,
  };
}
