import { type CollectionInfo, collectionNamed } from '@/client/collections';
import {
  type Action,
  type Sender,
  starterMapping,
  starterSample,
  type WebhookEndpoint,
  wholeAction,
} from '@/client/webhooks';
import { SECTIONS } from '@/views';

/** What the form of an endpoint holds. */
export interface EndpointValues {
  name: string;
  scheme: string;
  /** The sender's secret, where only the sender can make it. */
  secret: string;
  header: string;
  algorithm: string;
  encoding: string;
  prefix: string;
  idHeader: string;
  action: Action;
  collection: string;
  key: string;
  events: string[];
  mapping: string;
  /** Never sent with the endpoint; only tried. */
  sample: string;
  /** Headers of the sample, such as those that name the event. */
  sampleHeaders: Readonly<Record<string, string>>;
  active: boolean;
}

/** Where records may be written. */
export const TARGETS: readonly CollectionInfo[] = SECTIONS.map(({ collection }) => collection).filter(
  ({ readOnly }) => !readOnly,
);
const JSON_TYPE = { 'content-type': 'application/json' };

export function endpointValues(endpoint?: WebhookEndpoint): EndpointValues {
  const collection = collectionNamed(endpoint?.collection ?? 'finance.invoices') ?? TARGETS[0];
  const signature = endpoint?.signature;
  return {
    name: endpoint?.name ?? '',
    scheme: signature?.scheme ?? 'standard',
    secret: '',
    header: signature?.header ?? '',
    algorithm: signature?.algorithm ?? 'sha256',
    encoding: signature?.encoding ?? 'hex',
    prefix: signature?.prefix ?? '',
    idHeader: signature?.idHeader ?? '',
    action: endpoint?.action ?? (endpoint?.key || !endpoint ? 'upsert' : 'create'),
    collection: collection?.name ?? '',
    key: endpoint?.key ?? (endpoint ? '' : firstKey(collection)),
    events: [...(endpoint?.events ?? [])],
    mapping: endpoint?.mapping ?? (collection ? starterMapping(collection) : ''),
    sample: collection ? starterSample(collection) : '{}',
    sampleHeaders: JSON_TYPE,
    active: endpoint?.active ?? true,
  };
}

/** Fields by which a record that is there already can be found. */
export const keyFields = (collection: CollectionInfo | undefined): string[] =>
  collection?.fields
    .filter(
      ({ name, type, computed }) => !computed && type.kind === 'string' && collection.filters.includes(name),
    )
    .map(({ name }) => name) ?? [];

const firstKey = (collection: CollectionInfo | undefined): string => keyFields(collection)[0] ?? 'id';

/** What goes with a collection, once it is chosen. */
export const valuesForCollection = (collection: CollectionInfo): Partial<EndpointValues> => ({
  key: firstKey(collection),
  mapping: starterMapping(collection),
  sample: starterSample(collection),
});

/** What goes with a sender, once it is chosen. */
export const valuesForSender = ({ starter, sample }: Sender): Partial<EndpointValues> => ({
  action: starter.key ? 'upsert' : 'create',
  collection: starter.collection,
  key: starter.key ?? '',
  events: [...(starter.events ?? [])],
  mapping: starter.mapping,
  sample: JSON.stringify(sample.body, null, 2),
  sampleHeaders: sample.headers,
});

/** The form's values as the API takes them; null takes away what an endpoint had. */
export function endpointData(values: EndpointValues): Record<string, unknown> {
  const { name, mapping, action, collection, key, events, active } = values;
  const whole = wholeAction(action);
  return {
    name,
    mapping,
    action,
    active,
    signature: signatureOf(values),
    events: events.length > 0 ? events : null,
    collection: whole ? null : collection,
    key: whole || action === 'create' || key === '' ? null : key,
  };
}

function signatureOf({ scheme, header, algorithm, encoding, prefix, idHeader }: EndpointValues) {
  if (scheme === 'token') return { scheme, ...(header ? { header } : {}) };
  if (scheme !== 'hmac') return { scheme };
  return { scheme, header, algorithm, encoding, prefix, ...(idHeader ? { idHeader } : {}) };
}

/** Without what is null: for a new endpoint, which has nothing to take away. */
export const present = (data: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
