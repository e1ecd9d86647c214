'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { CollectionInfo } from './collections';
import { useApi } from './context';
import type { FieldError } from './problem';
import { keys } from './records';
import type { AnyRecord, Page } from './types';

/** How the sender proves itself: a kind of sender, or how it signs. */
export interface Signature {
  readonly scheme: string;
  readonly header?: string;
  readonly algorithm?: string;
  readonly encoding?: string;
  readonly prefix?: string;
  readonly idHeader?: string;
}

/** A kind of sender: how it is set up, what it sends, and a mapping to begin with. */
export interface Sender {
  readonly name: string;
  readonly label: string;
  readonly setup: string;
  readonly secretFrom: 'sender' | 'either' | 'none';
  readonly timed: boolean;
  readonly sample: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Readonly<Record<string, unknown>>;
  };
  readonly starter: {
    readonly collection: string;
    readonly key?: string;
    readonly events?: readonly string[];
    readonly mapping: string;
  };
}

export const ACTIONS = ['upsert', 'create', 'update', 'delete', 'event', 'mixed'] as const;
export type Action = (typeof ACTIONS)[number];
/** Actions whose mapping says itself where its records go, or that write none. */
export const wholeAction = (action: Action): boolean => action === 'event' || action === 'mixed';

/** An address at which another system delivers data. */
export interface WebhookEndpoint extends AnyRecord {
  readonly name: string;
  /** Absent when the mapping says itself where records go. */
  readonly collection?: string;
  /** JSONata: from the delivery's JSON to a record, or to a list of them. */
  readonly mapping: string;
  readonly signature: Signature;
  readonly action?: Action;
  readonly key?: string;
  readonly events?: readonly string[];
  readonly toleranceSeconds: number;
  readonly rateLimit: number;
  readonly active: boolean;
}

/** What would become of a delivery. */
export interface DryRun {
  readonly state: 'applied' | 'ignored' | 'failed' | 'rejected';
  /** Null when there is no secret to check with. */
  readonly verified: boolean | null;
  readonly reason?: string;
  readonly operations: readonly {
    readonly action: Exclude<Action, 'mixed'>;
    readonly collection: string;
    readonly existed?: boolean;
    readonly data: Readonly<Record<string, unknown>>;
    readonly errors: readonly FieldError[];
  }[];
  readonly errors: readonly FieldError[];
}

export interface Delivery extends AnyRecord {
  readonly endpointId: string;
  readonly deliveryId: string;
  readonly eventType?: string;
  readonly state: 'received' | 'applied' | 'ignored' | 'failed' | 'rejected';
  readonly recordIds?: readonly string[];
  readonly error?: string;
  readonly attempts: number;
}

/** What creating an endpoint answers; address and secret are never shown again. */
export interface NewEndpoint {
  readonly id: string;
  readonly url: string;
  /** Absent when only the sender can make it. */
  readonly secret?: string;
}

export const ENDPOINTS = 'hooks.endpoints';
export const DELIVERIES = 'hooks.deliveries';
export const ENDPOINTS_PATH = '/api/hooks/endpoints';

export function useEndpoints(): UseQueryResult<Page<WebhookEndpoint>> {
  const api = useApi();
  return useQuery({
    queryKey: keys.lists(ENDPOINTS),
    queryFn: ({ signal }) => api.get<Page<WebhookEndpoint>>(ENDPOINTS_PATH, { limit: 200 }, signal),
  });
}

export function useEndpoint(id: string): UseQueryResult<WebhookEndpoint> {
  const api = useApi();
  return useQuery({
    queryKey: keys.one(ENDPOINTS, id),
    queryFn: ({ signal }) => api.get<WebhookEndpoint>(`${ENDPOINTS_PATH}/${id}`, undefined, signal),
  });
}

/** Every kind of sender, in the order they are offered. */
export function useSenders(): UseQueryResult<readonly Sender[]> {
  const api = useApi();
  return useQuery({
    queryKey: ['hooks', 'presets'],
    queryFn: async ({ signal }) =>
      (await api.get<{ presets: readonly Sender[] }>('/api/hooks/presets', undefined, signal)).presets,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What was received, word for word. */
export interface DeliveryContent {
  readonly headers: Readonly<Record<string, string>>;
  readonly encoding: 'utf8' | 'base64';
  readonly body: string;
}

export function useDeliveryContent(id: string): UseQueryResult<DeliveryContent> {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.one(DELIVERIES, id), 'content'],
    queryFn: ({ signal }) => api.get<DeliveryContent>('/api/hooks/deliveries/content', { id }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** A mapping to begin with: every field of the collection's example, from a field of the same name. */
export function starterMapping({ example = {} }: CollectionInfo): string {
  const object = (value: Readonly<Record<string, unknown>>, indent: string): string => {
    const rows = Object.entries(value).map(([name, inner]) => {
      const [first] = Array.isArray(inner) ? inner : [];
      const nested = typeof first === 'object' && first !== null;
      return `${indent}  "${name}": ${nested ? `${name}.${object(first as Record<string, unknown>, `${indent}  `)}` : name}`;
    });
    return `{\n${rows.join(',\n')}\n${indent}}`;
  };
  return object(example, '');
}

export const starterSample = ({ example = {} }: CollectionInfo): string => JSON.stringify(example, null, 2);
