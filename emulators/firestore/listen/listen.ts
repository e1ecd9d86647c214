import { type ListenRequest, unwrap, type WireTarget } from '../door/wire.ts';
import { FirestoreError, invalid } from '../errors.ts';
import type { Change } from '../storage/store.ts';
import type { Clock } from '../values/clock.ts';
import { readTimestamp, toMicros } from '../values/values.ts';
import { bloomFilter } from './bloom-filter.ts';
import type { ListenHub } from './listen-hub.ts';
import { documentResponses, type ListenResponse, readResumeToken, targetChange } from './listen-responses.ts';
import { type Delta, Target } from './listen-target.ts';
import { PendingChanges } from './pending-changes.ts';

/** Milliseconds between signs of life. */
const HEARTBEAT = 30_000;

/** One Listen call with its targets. */
export class ListenStream {
  private readonly hub: ListenHub;
  private readonly clock: Clock;
  private readonly send: (response: ListenResponse) => boolean;
  private readonly targets = new Map<number, Target>();
  private cancelHeartbeat: () => void;
  /** The receiver takes no more for now: what happens meanwhile is gathered. */
  private full = false;
  private pending = new PendingChanges();
  /** The server names the targets; undefined until the first one is added. */
  private numbered: boolean | undefined;
  private lastId = 0;

  /** @param send passes a response on; false when the receiver takes no more until `resume` is called. */
  constructor(hub: ListenHub, clock: Clock, send: (response: ListenResponse) => boolean) {
    this.hub = hub;
    this.clock = clock;
    this.send = send;
    this.cancelHeartbeat = clock.after(HEARTBEAT, () => this.beat(), true);
    hub.streams.add(this);
  }

  /** Adds or removes a target; a target that is not valid is answered with REMOVE and its cause. */
  handle({ addTarget, removeTarget, database }: ListenRequest): void {
    if (removeTarget) {
      this.drop(removeTarget);
      this.emit(targetChange('REMOVE', [removeTarget]));
    }
    if (!addTarget) return;
    const id = addTarget.targetId || this.freeId();
    try {
      this.checkId(addTarget.targetId ?? 0);
      this.add(id, addTarget, database ?? '');
    } catch (error) {
      if (!(error instanceof FirestoreError)) throw error;
      this.drop(id);
      const cause = { code: error.code, message: error.details };
      this.emit({ targetChange: { targetChangeType: 'REMOVE', targetIds: [id], cause } });
    }
  }

  private freeId(): number {
    do this.lastId++;
    while (this.targets.has(this.lastId));
    return this.lastId;
  }

  /** Either the client names all targets of a stream, or the server does. */
  private checkId(id: number): void {
    if (id < 0) throw invalid('addTarget.targetId must not be negative.');
    if (this.targets.has(id)) throw invalid(`addTarget.targetId ${id} is in use.`);
    this.numbered ??= id === 0;
    if (this.numbered !== (id === 0)) {
      throw invalid('addTarget.targetId must be 0 for all targets of a stream, or for none.');
    }
  }

  private add(id: number, input: WireTarget, database: string): void {
    const { store, search } = this.hub;
    this.hub.flush();
    const target = new Target(id, input, database, store, search);
    const since = this.resumeTime(input);
    const reachable = since !== undefined && store.history.reaches(since, store.now());
    const { delta, present } = target.catchUp(reachable ? since : undefined, this.hub.time);
    this.emit(targetChange('ADD', [id]));
    // What the client missed is not known any more: it forgets what it has.
    if (since !== undefined && !reachable) this.emit(targetChange('RESET', [id]));
    this.emitAll([[id, delta]], target.time);
    if (since !== undefined) {
      const unchangedNames = (unwrap(input.expectedCount) ?? 0) > 0 ? bloomFilter(present) : undefined;
      this.emit({
        filter: { targetId: id, count: present.length, ...(unchangedNames && { unchangedNames }) },
      });
    }
    this.emit(targetChange('CURRENT', [id], target.time));
    if (!input.once) {
      this.targets.set(id, target);
      this.hub.subscribe(target, this);
    }
    if (this.pending.empty) this.snapshot(target.time);
    if (input.once) this.emit(targetChange('REMOVE', [id]));
  }

  /** Up to when the client says it knows the target; undefined when it starts anew, 0 when that cannot be read. */
  private resumeTime({ resumeToken, readTime }: WireTarget): number | undefined {
    if (resumeToken?.length) return readResumeToken(resumeToken) ?? 0;
    return readTime ? toMicros(readTimestamp(readTime, 'addTarget.readTime')) : undefined;
  }

  private drop(id: number): void {
    const target = this.targets.get(id);
    if (!target) return;
    this.targets.delete(id);
    this.pending.forget(target);
    this.hub.unsubscribe(target);
  }

  /** Tells the client what changed for its targets until a time, now or when it can take it. */
  publish(changes: Map<Target, Map<string, Change>>, time: number): void {
    if (this.full) this.pending.add(changes, time);
    else this.deliver(changes, time);
  }

  private deliver(changes: Map<Target, Map<string, Change>>, time: number): void {
    const deltas = [...changes].map(([target, changed]): [number, Delta] => [
      target.id,
      target.apply(changed.values(), time),
    ]);
    if (deltas.some(([, delta]) => delta.size > 0)) {
      this.emitAll(deltas, time);
      this.snapshot(time);
    }
  }

  /** The receiver can take more. */
  resume(): void {
    if (!this.full) return;
    this.full = false;
    const { pending } = this;
    if (pending.empty) return;
    this.pending = new PendingChanges();
    if (!pending.overflown) {
      this.deliver(pending.changes, pending.time);
      return;
    }
    this.recover();
  }

  /** So much has changed that it was not kept: compares what the client knows with what is. */
  private recover(): void {
    const { store, time } = this.hub;
    const reset: number[] = [];
    const deltas: [number, Delta][] = [];
    for (const target of this.targets.values()) {
      const reachable = store.history.reaches(target.time, store.now());
      if (!reachable) reset.push(target.id);
      deltas.push([target.id, target.catchUp(reachable ? target.time : undefined, time).delta]);
    }
    if (reset.length > 0) this.emit(targetChange('RESET', reset));
    this.emitAll(deltas, time);
    if (reset.length > 0) this.emit(targetChange('CURRENT', reset, time));
    this.snapshot(time);
  }

  /** Tells the client that everything up to this time was sent. */
  private snapshot(time: number): void {
    this.emit(targetChange('NO_CHANGE', [], time));
  }

  private beat(): void {
    this.cancelHeartbeat = this.clock.after(HEARTBEAT, () => this.beat(), true);
    if (!this.full) this.snapshot(this.hub.time);
  }

  private emitAll(deltas: Iterable<readonly [number, Delta]>, time: number): void {
    for (const response of documentResponses(deltas, time)) this.emit(response);
  }

  private emit(response: ListenResponse): void {
    if (!this.send(response)) this.full = true;
  }

  close(): void {
    this.cancelHeartbeat();
    for (const id of [...this.targets.keys()]) this.drop(id);
    this.hub.streams.delete(this);
  }
}
