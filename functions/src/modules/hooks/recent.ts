import type { Scope } from '../../kernel/context.ts';
import { events } from './events.collection.ts';

/** The newest events that deliveries to an endpoint were mapped to, for a scope that may read them. */
export async function recentEvents(
  scope: Scope,
  endpointId: string,
): Promise<
  readonly {
    readonly id: string;
    readonly type: string;
    readonly createdAt: string;
    readonly data: Readonly<Record<string, unknown>>;
  }[]
> {
  const filters = [{ field: 'endpointId', operator: 'eq', value: endpointId }] as const;
  return (await scope.repo(events).list({ filters, limit: 200 })).items;
}
