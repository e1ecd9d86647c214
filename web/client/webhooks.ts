'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { CollectionInfo } from './collections';
import { useApi } from './context';
import { keys } from './records';
import type { AnyRecord, Page } from './types';

/** How the sender proves itself. */
export type Signature =
  | {
      readonly scheme:
        | 'standard'
        | 'stripe'
        | 'shopify'
        | 'woocommerce'
        | 'github'
        | 'typeform'
        | 'calendly'
        | 'basic'
        | 'token'
        | 'none';
    }
  | {
      readonly scheme: 'hmac';
      readonly header: string;
      readonly encoding: 'hex' | 'base64';
      readonly prefix: string;
      readonly idHeader?: string;
    };

/** An address at which another system delivers data. */
export interface WebhookEndpoint extends AnyRecord {
  readonly name: string;
  /** Absent when the mapping says itself where records go. */
  readonly collection?: string;
  /** JSONata: from the delivery's JSON to a record, or to a list of them. */
  readonly mapping: string;
  readonly signature: Signature;
  readonly key?: string;
  readonly active: boolean;
}

export interface Delivery extends AnyRecord {
  readonly endpointId: string;
  readonly deliveryId: string;
  readonly state: 'received' | 'applied' | 'ignored' | 'failed' | 'rejected';
  readonly recordIds?: readonly string[];
  readonly error?: string;
  readonly attempts: number;
}

/** What creating an endpoint answers; address and secret are never shown again. */
export interface NewEndpoint {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
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

export function useDeliveries(endpointId: string): UseQueryResult<Page<Delivery>> {
  const api = useApi();
  const query = { endpointId, limit: 25 };
  return useQuery({
    queryKey: keys.list(DELIVERIES, query),
    queryFn: ({ signal }) => api.get<Page<Delivery>>('/api/hooks/deliveries', query, signal),
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
