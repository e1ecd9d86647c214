/** Who can wait and be waited for: a transaction or a commit outside of one. */
export interface Holder {
  readonly id: string;
}

export interface Wait {
  readonly holder: Holder;
  /** Whom it waits for at present. */
  targets(): Iterable<Holder>;
  /** Ends the wait before its time; absent when only the end of the others can end it. */
  readonly goOn?: () => void;
}

/** Who waits for whom, to find circles, in which nobody could ever go on. */
export class WaitGraph {
  private readonly waits = new Map<string, Set<Wait>>();

  add(wait: Wait): void {
    const waits = this.waits.get(wait.holder.id);
    if (waits) waits.add(wait);
    else this.waits.set(wait.holder.id, new Set([wait]));
  }

  remove(wait: Wait): void {
    const waits = this.waits.get(wait.holder.id);
    waits?.delete(wait);
    if (waits?.size === 0) this.waits.delete(wait.holder.id);
  }

  of(holder: Holder): Wait[] {
    return [...(this.waits.get(holder.id) ?? [])];
  }

  /** A chain of waits that leads from one holder to another; undefined when there is none. */
  path(from: Holder, to: Holder, seen = new Set<string>()): Wait[] | undefined {
    if (from.id === to.id) return [];
    if (seen.has(from.id)) return undefined;
    seen.add(from.id);
    for (const wait of this.waits.get(from.id) ?? []) {
      for (const target of wait.targets()) {
        const rest = this.path(target, to, seen);
        if (rest) return [wait, ...rest];
      }
    }
    return undefined;
  }
}
