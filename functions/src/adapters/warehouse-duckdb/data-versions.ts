import { randomUUID } from 'node:crypto';
import type { Change } from '../../kernel/changes/change.ts';
import type { WarehouseTable } from '../../kernel/ports/warehouse.ts';

/**
 * Names the state of each tenant's data. The names of one opening are those of no other: what was applied before or
 * by another process is never taken for what was seen here.
 */
export class DataVersions {
  readonly #opening = randomUUID();
  readonly #applied = new Map<string, number>();

  of(tenantId: string): string {
    return `${this.#opening}:${this.#applied.get(tenantId) ?? 0}`;
  }

  /** Gives a new name to the data of every tenant whose tables these changes may have reached. */
  raise(changes: readonly Change[], tables: readonly WarehouseTable[]): void {
    const stored = new Set(tables.map(({ collection }) => collection));
    const tenants = changes
      .filter(({ collection }) => stored.has(collection))
      .map(({ tenantId }) => tenantId);
    for (const tenantId of new Set(tenants))
      this.#applied.set(tenantId, (this.#applied.get(tenantId) ?? 0) + 1);
  }
}
