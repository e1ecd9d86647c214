/** The messages of one ordering key: `head` is handed out or waits; those behind it were passed over. */
interface Lane {
  head: number;
  behind: boolean;
}

/** The ordering keys of which one message is under way, so that the others wait behind it. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();

  clear(): void {
    this.#lanes.clear();
  }

  /** Puts a message last in its lane. False when there is one before it, behind which it waits. */
  enter(key: string, messageId: number): boolean {
    const lane = this.#lanes.get(key);
    if (lane) lane.behind = true;
    else this.#lanes.set(key, { head: messageId, behind: false });
    return !lane;
  }

  /** Puts a message first in its lane, where others may wait behind it. */
  lead(key: string, messageId: number): void {
    this.#lanes.set(key, { head: messageId, behind: true });
  }

  /** Takes the head away. Returns it when others may wait behind it. */
  leave(key: string): number | undefined {
    const lane = this.#lanes.get(key);
    this.#lanes.delete(key);
    return lane?.behind ? lane.head : undefined;
  }

  /** Whether a message waits in its lane, or would if it were there. */
  covers(key: string, messageId: number): boolean {
    const lane = key === '' ? undefined : this.#lanes.get(key);
    return lane !== undefined && lane.head < messageId;
  }

  /** Each key with its head. */
  *heads(): Generator<[key: string, head: number]> {
    for (const [key, { head }] of this.#lanes) yield [key, head];
  }
}
