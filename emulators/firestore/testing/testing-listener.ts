import type { WireTarget } from '../door/wire.ts';
import type { FirestoreEngine } from '../index.ts';
import type { ListenResponse } from '../listen/listen-responses.ts';

export const DATABASE = 'projects/test/databases/(default)';
export const DOCUMENTS = `${DATABASE}/documents`;
const idOf = (name: string) => name.split('/').at(-1) ?? '';

/** A response in short: `ADD 1`, `change a in 1,2 out 3`, `delete a from 1`, `2 documents in 1`. */
export function inShort(response: ListenResponse): string {
  if ('documentChange' in response) {
    const { document, targetIds, removedTargetIds } = response.documentChange;
    const out = removedTargetIds.length > 0 ? ` out ${removedTargetIds.toSorted()}` : '';
    return `change ${idOf(document.name)} in ${targetIds.toSorted()}${out}`;
  }
  if ('documentDelete' in response) {
    const { document, removedTargetIds } = response.documentDelete;
    return `delete ${idOf(document)} from ${removedTargetIds.toSorted()}`;
  }
  if ('documentRemove' in response) {
    const { document, removedTargetIds } = response.documentRemove;
    return `remove ${idOf(document)} from ${removedTargetIds.toSorted()}`;
  }
  if ('filter' in response) return `${response.filter.count} documents in ${response.filter.targetId}`;
  const { targetChangeType, targetIds, cause } = response.targetChange;
  return [targetChangeType, ...targetIds, ...(cause ? [`code ${cause.code}`] : [])].join(' ');
}

/** Has listeners told what they are to be told a moment later: a new target begins with all that is durable. */
function sendAll({ service }: FirestoreEngine): void {
  const stream = service.listen(() => true);
  stream.handle({
    database: DATABASE,
    addTarget: { once: true, documents: { documents: [`${DOCUMENTS}/a/b`] } },
  });
  stream.close();
}

/** A Listen call on the service, and what a client of it would know. */
export class Listener {
  readonly responses: ListenResponse[] = [];
  /** Versions of the documents that the client has, by target and name. */
  readonly known = new Map<number, Map<string, string>>();
  /** The token and time of the last snapshot. */
  token: Buffer | undefined;
  time: { seconds: number; nanos: number } | undefined;
  /** Takes no more than what is being sent. */
  full = false;
  onSnapshot: (() => void) | undefined;
  private taken = 0;
  private readonly engine: FirestoreEngine;
  private readonly stream: ReturnType<FirestoreEngine['service']['listen']>;

  constructor(engine: FirestoreEngine) {
    this.engine = engine;
    this.stream = engine.service.listen((response) => {
      this.responses.push(response);
      this.learn(response);
      return !this.full;
    });
  }

  add(addTarget: WireTarget, database = DATABASE): void {
    this.stream.handle({ database, addTarget });
  }

  remove(removeTarget: number): void {
    this.stream.handle({ database: DATABASE, removeTarget });
  }

  resume(): void {
    this.full = false;
    this.stream.resume();
  }

  close(): void {
    this.stream.close();
  }

  /** What came since the last call, in short. */
  take(): string[] {
    sendAll(this.engine);
    const news = this.responses.slice(this.taken).map(inShort);
    this.taken = this.responses.length;
    return news;
  }

  private learn(response: ListenResponse): void {
    if ('targetChange' in response) {
      const { targetChangeType, targetIds, resumeToken, readTime } = response.targetChange;
      for (const id of targetIds) {
        if (targetChangeType === 'ADD' && !this.known.has(id)) this.known.set(id, new Map());
        if (targetChangeType === 'RESET') this.known.get(id)?.clear();
      }
      if (targetChangeType !== 'NO_CHANGE') return;
      this.token = resumeToken;
      this.time = readTime;
      this.onSnapshot?.();
    } else if ('documentChange' in response) {
      const { document, targetIds, removedTargetIds } = response.documentChange;
      const { seconds, nanos } = document.updateTime;
      for (const id of targetIds) this.known.get(id)?.set(document.name, `${seconds}.${nanos}`);
      for (const id of removedTargetIds) this.known.get(id)?.delete(document.name);
    } else if (!('filter' in response)) {
      const { document, removedTargetIds } =
        'documentDelete' in response ? response.documentDelete : response.documentRemove;
      for (const id of removedTargetIds) this.known.get(id)?.delete(document);
    }
  }
}
