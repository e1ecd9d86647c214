import type { StoredDocument } from '../values/document.ts';

interface Generation {
  byName: Map<string, StoredDocument>;
  byId: Map<number, StoredDocument>;
  bytes: number;
}

function emptyGeneration(): Generation {
  return { byName: new Map(), byId: new Map(), bytes: 0 };
}

/** Memory that a decoded document takes, from its encoded size: objects, strings, and its places in two maps. */
function memoryOf({ size }: StoredDocument): number {
  return 1000 + 4 * size;
}

/** Row ids that were read lately, by their last bits. */
const READ_LATELY = 2 ** 16;

/**
 * Decoded documents that were used lately. Two generations approximate least-recently-used at the cost of one
 * lookup a hit: when the young one is full it becomes the old one, and what is used again moves back.
 */
export class DocumentCache {
  private young = emptyGeneration();
  private old = emptyGeneration();
  private readonly capacity: number;
  private readonly readLately = new Float64Array(READ_LATELY);

  /** @param capacity bytes of memory to use, roughly. */
  constructor(capacity: number) {
    this.capacity = capacity / 2;
  }

  byName(name: string): StoredDocument | undefined {
    const hit = this.young.byName.get(name);
    if (hit) return hit;
    const kept = this.old.byName.get(name);
    if (kept) this.set(kept);
    return kept;
  }

  byId(id: number): StoredDocument | undefined {
    const hit = this.young.byId.get(id);
    if (hit) return hit;
    const kept = this.old.byId.get(id);
    if (kept) this.set(kept);
    return kept;
  }

  /**
   * Keeps a document that was read, if it was read before not long ago: what a long query or a load touches once
   * would push out what is used again and again.
   */
  offer(document: StoredDocument): void {
    const slot = document.id % READ_LATELY;
    if (this.readLately[slot] === document.id) this.set(document);
    else this.readLately[slot] = document.id;
  }

  set(document: StoredDocument): void {
    this.young.byName.set(document.name, document);
    this.young.byId.set(document.id, document);
    this.young.bytes += memoryOf(document);
    if (this.young.bytes > this.capacity) {
      this.old = this.young;
      this.young = emptyGeneration();
    }
  }

  delete(document: StoredDocument): void {
    for (const generation of [this.young, this.old]) {
      generation.byName.delete(document.name);
      generation.byId.delete(document.id);
    }
  }
}
