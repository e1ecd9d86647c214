/** The shapes of google.pubsub.v1 on the wire, as @grpc/proto-loader decodes them with the options below. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { PubSubError } from './errors.ts';

export interface Duration {
  seconds: number;
  nanos: number;
}

export type Timestamp = Duration;

export interface WireSubscription {
  name: string;
  topic: string;
  pushConfig?: WirePushConfig | null;
  ackDeadlineSeconds: number;
  retainAckedMessages: boolean;
  messageRetentionDuration?: Duration | null;
  labels: Record<string, string>;
  enableMessageOrdering: boolean;
  expirationPolicy?: { ttl?: Duration | null } | null;
  filter: string;
  deadLetterPolicy?: { deadLetterTopic: string; maxDeliveryAttempts: number } | null;
  retryPolicy?: { minimumBackoff?: Duration | null; maximumBackoff?: Duration | null } | null;
  detached: boolean;
  enableExactlyOnceDelivery: boolean;
  state?: string;
}

export interface WirePushConfig {
  pushEndpoint: string;
  attributes?: Record<string, string>;
  oidcToken?: { serviceAccountEmail: string; audience: string } | null;
  noWrapper?: { writeMetadata: boolean } | null;
}

export interface WireTopic {
  name: string;
  labels: Record<string, string>;
  messageRetentionDuration?: Duration | null;
  schemaSettings?: { schema: string; encoding: string } | null;
  kmsKeyName?: string;
  state?: string;
}

export interface WireMessage {
  data: Uint8Array;
  attributes: Record<string, string>;
  messageId?: string;
  publishTime?: Timestamp;
  orderingKey: string;
}

export interface FieldMask {
  paths: string[];
}

/** The three services, from the descriptions that Google's client ships. */
export function loadServices(): Record<
  'Publisher' | 'Subscriber' | 'SchemaService',
  ServiceClientConstructor
> {
  const client = createRequire(import.meta.url).resolve('@google-cloud/pubsub/package.json');
  const json = JSON.parse(readFileSync(join(dirname(client), 'build', 'protos', 'protos.json'), 'utf8'));
  const definition = fromJSON(json, { longs: Number, enums: String, defaults: true, oneofs: true });
  const root = loadPackageDefinition(definition) as unknown as { google: { pubsub: { v1: GrpcObject } } };
  const { Publisher, Subscriber, SchemaService } = root.google.pubsub.v1;
  return { Publisher, Subscriber, SchemaService } as Record<
    'Publisher' | 'Subscriber' | 'SchemaService',
    ServiceClientConstructor
  >;
}

export function toTimestamp(date: Date): Timestamp {
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1_000);
  return { seconds, nanos: (ms - seconds * 1_000) * 1_000_000 };
}

export function toDate({ seconds, nanos }: Timestamp): Date {
  return new Date(seconds * 1_000 + nanos / 1_000_000);
}

export function toSeconds(duration: Duration): number {
  return duration.seconds + duration.nanos / 1e9;
}

/**
 * Full resource names outside, as in `projects/p/topics/t`; inside, resources of the engine's own project have short
 * names, so that code in the same process and clients over the network mean the same topic by `t`.
 */
export class Names {
  readonly #project: string;

  constructor(projectId: string) {
    this.#project = `projects/${projectId}`;
  }

  /** Throws INVALID_ARGUMENT for a name that Cloud Pub/Sub would not take. */
  inside(kind: 'topics' | 'subscriptions' | 'snapshots' | 'schemas', name: string): string {
    const match = /^(projects\/[^/]+)\/([a-z]+)\/([^/]+)$/.exec(name);
    const id = match?.[3] ?? '';
    if (match?.[2] !== kind || !/^[A-Za-z][\w\-.~+%]{2,254}$/.test(id) || id.startsWith('goog')) {
      throw new PubSubError(
        'INVALID_ARGUMENT',
        `"${name}" is not a name as in projects/{project}/${kind}/{id}.`,
      );
    }
    return match[1] === this.#project ? id : name;
  }

  outside(kind: 'topics' | 'subscriptions' | 'snapshots' | 'schemas', name: string): string {
    return name.includes('/') || name.startsWith('_') ? name : `${this.#project}/${kind}/${name}`;
  }
}

/** One page of items sorted by name. */
export function pageOf<Item extends { name: string }>(
  items: Item[],
  request: { pageSize?: number; pageToken?: string },
): { items: Item[]; nextPageToken: string } {
  const after = request.pageToken ? Buffer.from(request.pageToken, 'base64url').toString() : '';
  const size = request.pageSize && request.pageSize > 0 ? Math.min(request.pageSize, 1_000) : 1_000;
  const rest = items.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
  const last = rest.length > size ? rest[size - 1] : undefined;
  return {
    items: rest.slice(0, size),
    nextPageToken: last ? Buffer.from(last.name).toString('base64url') : '',
  };
}

/** Copies the fields that the mask names, in snake or camel case. Throws INVALID_ARGUMENT for fields that never change. */
export function applyMask<Target extends object>(
  target: Target,
  source: Partial<Target> | null,
  mask: FieldMask | null,
  fixed: string[],
): Target {
  const paths = mask?.paths ?? [];
  if (!source || paths.length === 0)
    throw new PubSubError('INVALID_ARGUMENT', 'An update names its fields in updateMask.');
  const result = { ...target } as Record<string, unknown>;
  for (const path of paths) {
    const [field = ''] = path
      .replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
      .split('.');
    if (fixed.includes(field)) throw new PubSubError('INVALID_ARGUMENT', `${path} cannot be changed.`);
    result[field] = (source as Record<string, unknown>)[field];
  }
  return result as Target;
}
