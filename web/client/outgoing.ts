'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { COLLECTIONS, fieldNamed } from './collections';
import { useApi } from './context';
import { keys } from './records';
import type { AnyRecord, Page } from './types';

export type Scalar = string | number | boolean;

/** An address of another system that is told what changes. */
export interface OutgoingEndpoint extends AnyRecord {
  readonly url: string;
  readonly description?: string;
  readonly events: readonly string[];
  readonly where?: Readonly<Record<string, readonly Scalar[]>>;
  readonly changedFields?: readonly string[];
  readonly active: boolean;
  readonly rateLimit: number;
  readonly timeoutSeconds: number;
  readonly ordered: boolean;
  readonly disabledAt?: string;
  readonly disabledReason?: string;
}

/** One call to an endpoint, and what came back. */
export interface Attempt extends AnyRecord {
  readonly endpointId: string;
  readonly jobId: string;
  readonly messageId: string;
  readonly event: string;
  readonly number: number;
  readonly outcome: 'delivered' | 'failed';
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
  readonly responseStatus?: number;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly responseBody?: string;
  readonly durationMs: number;
  readonly error?: string;
}

export interface EventInfo {
  readonly name: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example: Readonly<Record<string, unknown>>;
}

export const OUTGOING = 'webhooks.endpoints';
export const OUTGOING_PATH = '/api/webhooks/endpoints';
export const ATTEMPTS = 'webhooks.attempts';

export function useOutgoing(): UseQueryResult<Page<OutgoingEndpoint>> {
  const api = useApi();
  return useQuery({
    queryKey: keys.lists(OUTGOING),
    queryFn: ({ signal }) => api.get<Page<OutgoingEndpoint>>(OUTGOING_PATH, { limit: 200 }, signal),
  });
}

export function useOutgoingEndpoint(id: string): UseQueryResult<OutgoingEndpoint> {
  const api = useApi();
  return useQuery({
    queryKey: keys.one(OUTGOING, id),
    queryFn: ({ signal }) => api.get<OutgoingEndpoint>(`${OUTGOING_PATH}/${id}`, undefined, signal),
  });
}

/** Every event there is, with its schema and an example. */
export function useEvents(): UseQueryResult<readonly EventInfo[]> {
  const api = useApi();
  return useQuery({
    queryKey: ['webhooks', 'catalogue'],
    queryFn: async ({ signal }) =>
      (await api.get<{ events: readonly EventInfo[] }>('/api/webhooks/catalogue', undefined, signal)).events,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** `crm.contacts.created` is offered as itself, as all of its collection and as all of its module. */
export function patternsOf(events: readonly EventInfo[]): readonly string[] {
  const patterns = new Set(['*']);
  for (const { name } of events) {
    const [module = '', collection = ''] = name.split('.');
    patterns.add(`${module}.*`).add(`${module}.${collection}.*`).add(name);
  }
  return [...patterns];
}

/** What was typed as a value of a field, as the records of these events hold it: `12` is a number where each field of that name is one. */
export function scalarOf(field: string, text: string, events: readonly string[]): Scalar {
  const kinds = COLLECTIONS.filter(({ name }) => events.some((pattern) => isOf(pattern, name))).flatMap(
    (collection) => fieldNamed(collection, field)?.type.kind ?? [],
  );
  const all = (...wanted: readonly string[]): boolean =>
    kinds.length > 0 && kinds.every((kind) => wanted.includes(kind));
  if (all('integer', 'number') && Number.isFinite(Number(text))) return Number(text);
  if (all('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** Whether a pattern names events of this collection. */
function isOf(pattern: string, collection: string): boolean {
  const parts = pattern.split('.');
  return collection
    .split('.')
    .every((part, index) => parts[index] === part || parts.slice(0, index + 1).includes('*'));
}
