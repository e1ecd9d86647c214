/** Who can hold a document: a transaction, by identity. */
export interface Holder {
  readonly id: string;
}

interface Waiter {
  /** Undefined: it only waits until the turn is over and takes none itself. */
  holder: Holder | undefined;
  proceed: () => void;
}

interface Turn {
  holder: Holder;
  waiting: Waiter[];
  timer: NodeJS.Timeout | undefined;
}

/** How long a holder can keep others waiting before it loses its turn (milliseconds). */
const PATIENCE = 1_000;

/**
 * Turns at documents: a read-write transaction holds what it has read until it ends, and others that want the
 * document wait in order of arrival. Turns only save work that would be thrown away. Whether a transaction may
 * commit is decided by what it read, so a turn can be lost at any time: who would close a circle (a deadlock) goes
 * on without, and who keeps others waiting for a second hands over.
 */
export class Turns {
  private readonly turns = new Map<string, Turn>();
  private readonly held = new Map<string, Set<string>>();
  private readonly waitsFor = new Map<string, string>();

  /** Takes the turn at a document; a promise when it has to be waited for. */
  take(name: string, holder: Holder): Promise<void> | undefined {
    const turn = this.turns.get(name);
    if (!turn) {
      this.turns.set(name, { holder, waiting: [], timer: undefined });
      this.own(name, holder);
      return undefined;
    }
    if (turn.holder.id === holder.id || this.closesCircle(turn.holder.id, holder.id)) return undefined;
    return this.wait(name, turn, holder);
  }

  /** Waits, without taking a turn, until the documents are free. */
  async pass(names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map((name) => {
        const turn = this.turns.get(name);
        return turn && this.wait(name, turn, undefined);
      }),
    );
  }

  /** Whether any document is held at all, so that `pass` may have to wait. */
  get busy(): boolean {
    return this.turns.size > 0;
  }

  /** Ends all turns of a holder. */
  release(holder: Holder): void {
    const names = this.held.get(holder.id);
    this.held.delete(holder.id);
    for (const name of names ?? []) this.handOver(name);
  }

  private own(name: string, holder: Holder): void {
    const names = this.held.get(holder.id);
    if (names) names.add(name);
    else this.held.set(holder.id, new Set([name]));
  }

  private wait(name: string, turn: Turn, holder: Holder | undefined): Promise<void> {
    if (holder) this.waitsFor.set(holder.id, name);
    turn.timer ??= setTimeout(() => this.lose(name), PATIENCE);
    return new Promise((proceed) => turn.waiting.push({ holder, proceed }));
  }

  private lose(name: string): void {
    const holder = this.turns.get(name)?.holder;
    if (holder) this.held.get(holder.id)?.delete(name);
    this.handOver(name);
  }

  /** Lets those pass who only wait, up to the next who takes the turn. */
  private handOver(name: string): void {
    const turn = this.turns.get(name);
    if (!turn) return;
    clearTimeout(turn.timer);
    turn.timer = undefined;
    for (let next = turn.waiting.shift(); next; next = turn.waiting.shift()) {
      next.proceed();
      if (!next.holder) continue;
      this.waitsFor.delete(next.holder.id);
      turn.holder = next.holder;
      this.own(name, next.holder);
      if (turn.waiting.length > 0) turn.timer = setTimeout(() => this.lose(name), PATIENCE);
      return;
    }
    this.turns.delete(name);
  }

  private closesCircle(from: string, to: string): boolean {
    const seen = new Set<string>();
    for (let id: string | undefined = from; id !== undefined && !seen.has(id); ) {
      if (id === to) return true;
      seen.add(id);
      const name: string | undefined = this.waitsFor.get(id);
      id = name === undefined ? undefined : this.turns.get(name)?.holder.id;
    }
    return false;
  }
}
