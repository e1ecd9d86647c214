interface Due {
  dueAt: number;
}

/**
 * A binary heap by due time. Moving an item is done by pushing it again: an entry whose time no longer equals its
 * item's `dueAt`, or which `isCurrent` refuses, is skipped when it surfaces.
 */
export class DueQueue<T extends Due> {
  readonly #entries: { at: number; item: T }[] = [];
  readonly #isCurrent: (item: T) => boolean;

  constructor(isCurrent: (item: T) => boolean) {
    this.#isCurrent = isCurrent;
  }

  push(item: T): void {
    const entries = this.#entries;
    const entry = { at: item.dueAt, item };
    let index = entries.push(entry) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = entries[parentIndex];
      if (!parent || parent.at <= entry.at) break;
      entries[index] = parent;
      index = parentIndex;
    }
    entries[index] = entry;
  }

  /** The earliest due time, or undefined when nothing waits. */
  next(): number | undefined {
    for (let top = this.#entries[0]; top; top = this.#entries[0]) {
      if (top.at === top.item.dueAt && this.#isCurrent(top.item)) return top.at;
      this.#removeTop();
    }
    return undefined;
  }

  /** Removes and returns one item that is due at `now`. */
  take(now: number): T | undefined {
    const at = this.next();
    if (at === undefined || at > now) return undefined;
    return this.#removeTop()?.item;
  }

  #removeTop(): { at: number; item: T } | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (!last || entries.length === 0) return top;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = entries[childIndex];
      const right = entries[childIndex + 1];
      if (child && right && right.at < child.at) {
        child = right;
        childIndex += 1;
      }
      if (!child || child.at >= last.at) break;
      entries[index] = child;
      index = childIndex;
    }
    entries[index] = last;
    return top;
  }
}
