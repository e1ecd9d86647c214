import type { Query } from '../query/query.ts';
import type { Clock } from '../values/clock.ts';
import type { Holder, Wait, WaitGraph } from './wait-graph.ts';

interface Waiter extends Wait {
  readonly goOn: () => void;
}

interface Turn {
  holder: Holder;
  waiting: Waiter[];
  cancelTimer: (() => void) | undefined;
}

/** How long a holder can keep others waiting before the next has its turn too (milliseconds). */
const PATIENCE = 1_000;

/** The key of a query's turn: those that run the same one wait for each other. */
export function turnOf({ parent, collectionId, where }: Query): string {
  return `query ${parent}/${collectionId} ${JSON.stringify(where ?? null)}`;
}

/**
 * Turns at documents and queries: who wants to read or write what somebody has read, in order to write it, waits in
 * order of arrival. Turns are fair and save work that would be thrown away; they protect nothing. That is what locks
 * are for, and these several transactions can share: so a turn need not be waited for when that would close a circle
 * (a deadlock), nor when its holder takes more than a second.
 */
export class Turns {
  private readonly turns = new Map<string, Turn>();
  private readonly held = new Map<string, Set<string>>();
  private readonly graph: WaitGraph;
  private readonly clock: Clock;

  constructor(graph: WaitGraph, clock: Clock) {
    this.graph = graph;
    this.clock = clock;
  }

  /** Whether anybody has a turn at all. */
  get busy(): boolean {
    return this.turns.size > 0;
  }

  /** Takes the turns at all of the keys, one after the other; a promise when one has to be waited for. */
  take(keys: readonly string[], holder: Holder): Promise<void> | undefined {
    for (const [i, key] of keys.entries()) {
      const wait = this.takeOne(key, holder);
      if (wait) return wait.then(() => this.take(keys.slice(i + 1), holder));
    }
    return undefined;
  }

  /** Ends all turns of a holder, and its waiting for others. */
  release(holder: Holder): void {
    for (const wait of this.graph.of(holder)) wait.goOn?.();
    const keys = this.held.get(holder.id);
    this.held.delete(holder.id);
    for (const key of keys ?? []) this.handOver(key);
  }

  private takeOne(key: string, holder: Holder): Promise<void> | undefined {
    const turn = this.turns.get(key);
    if (!turn) {
      this.turns.set(key, { holder, waiting: [], cancelTimer: undefined });
      this.own(key, holder);
      return undefined;
    }
    if (turn.holder.id === holder.id || this.graph.path(turn.holder, holder)) return undefined;
    return new Promise((proceed) => this.wait(key, turn, holder, proceed));
  }

  private own(key: string, holder: Holder): void {
    const keys = this.held.get(holder.id);
    if (keys) keys.add(key);
    else this.held.set(holder.id, new Set([key]));
  }

  private wait(key: string, turn: Turn, holder: Holder, proceed: () => void): void {
    const waiter: Waiter = {
      holder,
      targets: () => [turn.holder],
      goOn: () => {
        turn.waiting = turn.waiting.filter((other) => other !== waiter);
        this.graph.remove(waiter);
        proceed();
      },
    };
    turn.waiting.push(waiter);
    this.graph.add(waiter);
    turn.cancelTimer ??= this.clock.after(PATIENCE, () => this.lose(key));
  }

  private lose(key: string): void {
    const holder = this.turns.get(key)?.holder;
    if (holder) this.held.get(holder.id)?.delete(key);
    this.handOver(key);
  }

  private handOver(key: string): void {
    const turn = this.turns.get(key);
    if (!turn) return;
    turn.cancelTimer?.();
    turn.cancelTimer = undefined;
    const [next] = turn.waiting;
    if (!next) {
      this.turns.delete(key);
      return;
    }
    turn.holder = next.holder;
    this.own(key, next.holder);
    next.goOn();
    if (turn.waiting.length > 0) turn.cancelTimer = this.clock.after(PATIENCE, () => this.lose(key));
  }
}
