import type { Change } from './change.ts';

/** The topic every change is announced on. */
export const CHANGES_TOPIC = 'changes';

/** Changes of one tenant as a message. On one server the relay puts many into one; in the cloud a trigger gives one. */
export function changesMessage(
  tenantId: string,
  changes: readonly Change[],
): { data: Buffer; attributes: { tenantId: string }; orderingKey: string } {
  return { data: Buffer.from(JSON.stringify({ changes })), attributes: { tenantId }, orderingKey: tenantId };
}

/** Reads a message back. The relay of one server sends log entries as stored, with the patch still as text. */
export function parseChangesMessage(data: string): Change[] {
  const { changes } = JSON.parse(data) as { changes: (Omit<Change, 'patch'> & { patch: unknown })[] };
  return changes.map(
    (change) =>
      (typeof change.patch === 'string' ? { ...change, patch: JSON.parse(change.patch) } : change) as Change,
  );
}
