import { once } from '../once.ts';
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

/** A message as a subscriber reads it. */
export interface ChangesMessage {
  /** Its JSON, in which to look before parsing it. */
  readonly text: string;
  /** Shared by all subscribers of this process. */
  changes(): readonly Change[];
}

/** Messages that are kept for the subscribers of this process that get them a moment later. */
const KEPT = 8;

/** Reads messages back, each once however many subscribers get it. @param id of the message; @param data base64 */
export function createMessageReader(): (id: string, data: string) => ChangesMessage {
  const kept = new Map<string, ChangesMessage>();
  return (id, data) => {
    const known = kept.get(id);
    if (known) return known;
    const text = Buffer.from(data, 'base64').toString('utf8');
    const parsed = once(() => parseChanges(text));
    const message = { text, changes: parsed.get };
    kept.set(id, message);
    for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
    return message;
  };
}

/** Messages of earlier releases hold the patch as it is stored, as text. */
function parseChanges(text: string): Change[] {
  const { changes } = JSON.parse(text) as { changes: (Omit<Change, 'patch'> & { patch: unknown })[] };
  return changes.map(
    (change) =>
      (typeof change.patch === 'string' ? { ...change, patch: JSON.parse(change.patch) } : change) as Change,
  );
}
