import type { Change } from '../storage/store.ts';
import type { Target } from './listen-target.ts';

/** More than this is not kept for a receiver that is slow. */
const MAX_DOCUMENTS = 1_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** Adds a change to those of earlier commits: of each document only the first and the last state matter. */
export function mergeChange(changes: Map<string, Change>, change: Change): void {
  const earlier = changes.get(change.name);
  changes.set(change.name, earlier ? { ...change, before: earlier.before } : change);
}

/** What changed while the receiver of a stream was busy, up to a limit: beyond it only that something did. */
export class PendingChanges {
  readonly changes = new Map<Target, Map<string, Change>>();
  /** The newest commit among them. */
  time = 0;
  overflown = false;
  private documents = 0;
  private bytes = 0;

  get empty(): boolean {
    return this.changes.size === 0 && !this.overflown;
  }

  add(changes: Map<Target, Map<string, Change>>, time: number): void {
    this.time = time;
    if (this.overflown) return;
    for (const [target, changed] of changes) {
      const known = this.changes.get(target) ?? new Map<string, Change>();
      this.changes.set(target, known);
      for (const change of changed.values()) {
        mergeChange(known, change);
        this.documents++;
        this.bytes += change.after?.size ?? 0;
      }
    }
    if (this.documents <= MAX_DOCUMENTS && this.bytes <= MAX_BYTES) return;
    this.overflown = true;
    this.changes.clear();
  }

  forget(target: Target): void {
    this.changes.delete(target);
  }
}
