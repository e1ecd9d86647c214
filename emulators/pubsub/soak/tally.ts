/** What the subscribers of the soak said, and whether it is what was promised. */

interface Arrival {
  time: bigint;
  id: number;
  key: string;
}

export interface SoakFindings {
  /** Numbers that never arrived. */
  missing: number;
  /** Messages that first arrived after a later one of their key. */
  outOfOrder: number;
  /** Messages of the exactly-once subscription whose acknowledgement was confirmed more than once. */
  acknowledgedTwice: number;
}

export class Tally {
  readonly #arrivals = new Map<string, Map<number, Arrival>>();
  readonly #numbers = new Map<string, Set<number>>();
  readonly #acknowledged = new Map<number, number>();

  /** Reads one line of a subscriber. */
  add(line: string): void {
    const [what, time = '0', subscription = '', id, key = '', number] = line.split(' ');
    if (what === 'acknowledged') {
      this.#acknowledged.set(Number(id), (this.#acknowledged.get(Number(id)) ?? 0) + 1);
      return;
    }
    const arrivals = ensure(this.#arrivals, subscription, () => new Map<number, Arrival>());
    const known = arrivals.get(Number(id));
    if (!known || BigInt(time) < known.time)
      arrivals.set(Number(id), { time: BigInt(time), id: Number(id), key });
    ensure(this.#numbers, subscription, () => new Set<number>()).add(Number(number));
  }

  /** How many numbers arrived at a subscription. */
  arrived(subscription: string): number {
    return this.#numbers.get(subscription)?.size ?? 0;
  }

  findings(total: number): SoakFindings {
    return {
      missing: 2 * total - this.arrived('ordered') - this.arrived('once'),
      outOfOrder: this.#outOfOrder(),
      acknowledgedTwice: [...this.#acknowledged.values()].filter((count) => count > 1).length,
    };
  }

  #outOfOrder(): number {
    const newest = new Map<string, number>();
    let count = 0;
    const arrivals = [...(this.#arrivals.get('ordered')?.values() ?? [])];
    for (const { id, key } of arrivals.sort((a, b) => Number(a.time - b.time))) {
      if (id < (newest.get(key) ?? 0)) count += 1;
      newest.set(key, Math.max(id, newest.get(key) ?? 0));
    }
    return count;
  }
}

function ensure<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
