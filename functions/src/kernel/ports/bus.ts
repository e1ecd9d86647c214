import type { Change } from '../changes/change.ts';

/** Publishes changes to the topic `changes`; on one server the host does this from the engine's own log. */
export interface Bus {
  publish(tenantId: string, changes: readonly Change[]): Promise<void>;
}
