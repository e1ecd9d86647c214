import type { StoredDocument } from '../values/document.ts';
import { fromMicros, type Timestamp } from '../values/values.ts';
import type { BloomFilter } from './bloom-filter.ts';
import type { Delta } from './listen-target.ts';

export type TargetChangeType = 'NO_CHANGE' | 'ADD' | 'REMOVE' | 'CURRENT' | 'RESET';

/** `google.firestore.v1.ListenResponse` as this engine sends it. */
export type ListenResponse =
  | {
      targetChange: {
        targetChangeType: TargetChangeType;
        targetIds: number[];
        cause?: { code: number; message: string };
        resumeToken?: Buffer;
        readTime?: Timestamp;
      };
    }
  | { documentChange: { document: StoredDocument; targetIds: number[]; removedTargetIds: number[] } }
  | { documentDelete: { document: string; removedTargetIds: number[]; readTime: Timestamp } }
  | { documentRemove: { document: string; removedTargetIds: number[]; readTime: Timestamp } }
  | { filter: { targetId: number; count: number; unchangedNames?: BloomFilter } };

/** A token that says up to which commit a client knows its targets; good for as long as the history reaches back. */
export function resumeToken(time: number): Buffer {
  const token = Buffer.alloc(8);
  token.writeBigUInt64BE(BigInt(time));
  return token;
}

/** The commit time of a token, in microseconds; undefined when it is none of ours. */
export function readResumeToken(token: Uint8Array): number | undefined {
  return token.length === 8 ? Number(Buffer.from(token).readBigUInt64BE()) : undefined;
}

/** A target change; with a time, it says that everything up to it was sent. */
export function targetChange(type: TargetChangeType, targetIds: number[], time?: number): ListenResponse {
  return {
    targetChange: {
      targetChangeType: type,
      targetIds,
      ...(time !== undefined && { resumeToken: resumeToken(time), readTime: fromMicros(time) }),
    },
  };
}

interface Merged {
  document: StoredDocument | undefined;
  deleted: boolean;
  targetIds: number[];
  removedTargetIds: number[];
}

/** What the targets of one stream have to say of each document, in one response a document. */
export function documentResponses(
  deltas: Iterable<readonly [id: number, delta: Delta]>,
  time: number,
): ListenResponse[] {
  const merged = new Map<string, Merged>();
  for (const [id, delta] of deltas) {
    for (const [name, now] of delta) {
      let entry = merged.get(name);
      if (!entry) {
        entry = { document: undefined, deleted: false, targetIds: [], removedTargetIds: [] };
        merged.set(name, entry);
      }
      if (typeof now === 'object') {
        entry.document = now;
        entry.targetIds.push(id);
      } else {
        entry.deleted ||= now === 'deleted';
        entry.removedTargetIds.push(id);
      }
    }
  }
  const readTime = fromMicros(time);
  return [...merged].map(([name, { document, deleted, targetIds, removedTargetIds }]) => {
    if (document) return { documentChange: { document, targetIds, removedTargetIds } };
    const gone = { document: name, removedTargetIds, readTime };
    return deleted ? { documentDelete: gone } : { documentRemove: gone };
  });
}
