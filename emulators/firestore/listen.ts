import type { StoredDocument } from './document.ts';
import { FirestoreError } from './errors.ts';
import type { ListenHub } from './listen-hub.ts';
import { inQuery } from './match.ts';
import { compareDocuments, type Query, readQuery } from './query.ts';
import type { Change } from './store.ts';
import { fromMicros, readTimestamp, type Timestamp, toMicros } from './values.ts';
import type { ListenRequest, WireTarget } from './wire.ts';
import { checkName } from './writes.ts';

/** `google.firestore.v1.ListenResponse` as this engine sends it. */
export type ListenResponse =
  | {
      targetChange: {
        targetChangeType: 'NO_CHANGE' | 'ADD' | 'REMOVE' | 'CURRENT' | 'RESET';
        targetIds: number[];
        cause?: { code: number; message: string };
        resumeToken?: Buffer;
        readTime?: Timestamp;
      };
    }
  | { documentChange: { document: StoredDocument; targetIds: number[]; removedTargetIds: number[] } }
  | { documentDelete: { document: string; removedTargetIds: number[]; readTime: Timestamp } }
  | { filter: { targetId: number; count: number } }
  | { documentRemove: { document: string; removedTargetIds: number[]; readTime: Timestamp } };

/** What one Listen call watches. */
export interface Target {
  id: number;
  stream: ListenStream;
  names: string[];
  query: Query | undefined;
  /** The newest commit that its first results reflect. */
  since: number;
  /** The current results, kept only for queries with a limit. */
  members: Map<string, StoredDocument> | undefined;
}

const HEARTBEAT = 30_000;

export function resumeToken(time: number): Buffer {
  const token = Buffer.alloc(8);
  token.writeBigUInt64BE(BigInt(time));
  return token;
}

/** One Listen call with its targets. */
export class ListenStream {
  private readonly hub: ListenHub;
  private readonly send: (response: ListenResponse) => void;
  private readonly targets = new Map<number, Target>();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(hub: ListenHub, send: (response: ListenResponse) => void) {
    this.hub = hub;
    this.send = send;
    this.heartbeat = setInterval(() => this.snapshot(hub.store.commitTime), HEARTBEAT);
    this.heartbeat.unref();
    hub.streams.add(this);
  }

  /** Adds or removes a target; a target that is not valid is answered with REMOVE and its cause. */
  handle(request: ListenRequest): void {
    if (typeof request.removeTarget === 'number' && request.removeTarget !== 0) {
      this.drop(request.removeTarget);
      this.change('REMOVE', [request.removeTarget]);
    }
    if (!request.addTarget) return;
    const id = request.addTarget.targetId || 1;
    try {
      this.add(id, request.addTarget, request.database ?? '');
    } catch (error) {
      if (!(error instanceof FirestoreError)) throw error;
      this.drop(id);
      this.send({
        targetChange: {
          targetChangeType: 'REMOVE',
          targetIds: [id],
          cause: { code: error.code, message: error.details },
        },
      });
    }
  }

  private add(id: number, input: WireTarget, database: string): void {
    this.drop(id);
    const { catalog } = this.hub.store;
    const structured = input.query?.structuredQuery;
    const query = structured ? readQuery(input.query?.parent, structured, catalog.parser) : undefined;
    const names = (input.documents?.documents ?? []).map((name) => checkName(name, database));
    const limited = query !== undefined && (query.limit !== undefined || query.offset > 0);
    const target: Target = {
      id,
      stream: this,
      names,
      query,
      since: this.hub.store.commitTime,
      members: limited ? new Map() : undefined,
    };
    const time = this.hub.store.commitTime;
    this.change('ADD', [id]);
    const since = this.resumeTime(input, id);
    const found = this.catchUp(target, since, time);
    if (since !== undefined) this.send({ filter: { targetId: id, count: found.length } });
    this.change('CURRENT', [id], time);
    this.targets.set(id, target);
    if (target.members) target.members = new Map(found.map((document) => [document.name, document]));
    if (!input.once) this.hub.subscribe(target);
    this.snapshot(time);
  }

  /** Up to when the client knows the target; undefined when it starts over. */
  private resumeTime(input: WireTarget, id: number): number | undefined {
    const { store } = this.hub;
    let since: number | undefined;
    if (input.resumeToken?.length === 8) {
      since = Number(Buffer.from(input.resumeToken).readBigUInt64BE());
    } else if (input.readTime) since = toMicros(readTimestamp(input.readTime, 'readTime'));
    else if (!input.resumeToken?.length) return undefined;
    if (since !== undefined && store.history.reaches(since, store.now())) return since;
    // What was missed is not known any more: the client forgets what it has.
    this.change('RESET', [id]);
    return undefined;
  }

  /** Sends the documents of a target that the client does not have as they are now, and returns all of them. */
  private catchUp(target: Target, since: number | undefined, time: number): StoredDocument[] {
    const { store, search } = this.hub;
    const { query, names, id } = target;
    const asOf = (at?: number) =>
      query ? search.run(query, at) : names.flatMap((name) => store.findAt(name, at) ?? []);
    const found = asOf();
    const known = new Map<string, StoredDocument>();
    for (const document of since === undefined ? [] : asOf(since)) known.set(document.name, document);
    const present = new Set(found.map(({ name }) => name));
    for (const name of known.keys()) {
      if (present.has(name)) continue;
      if (store.find(name)) this.sendRemove(name, id, time);
      else this.sendDelete(name, id, time);
    }
    for (const document of found) {
      if (known.get(document.name)?.updated !== document.updated) this.sendDocument(document, id);
    }
    if (since === undefined) {
      for (const name of names) if (!present.has(name)) this.sendDelete(name, id, time);
    }
    return found;
  }

  private drop(id: number): void {
    const target = this.targets.get(id);
    if (!target) return;
    this.targets.delete(id);
    this.hub.unsubscribe(target);
  }

  private change(type: 'ADD' | 'REMOVE' | 'RESET' | 'CURRENT', targetIds: number[], time?: number): void {
    this.send({
      targetChange: {
        targetChangeType: type,
        targetIds,
        ...(time !== undefined && { resumeToken: resumeToken(time), readTime: fromMicros(time) }),
      },
    });
  }

  /** Tells the client that everything up to this time was sent. */
  snapshot(time: number): void {
    this.send({
      targetChange: {
        targetChangeType: 'NO_CHANGE',
        targetIds: [],
        resumeToken: resumeToken(time),
        readTime: fromMicros(time),
      },
    });
  }

  private sendDocument(document: StoredDocument, id: number): void {
    this.send({ documentChange: { document, targetIds: [id], removedTargetIds: [] } });
  }

  private sendDelete(document: string, id: number, time: number): void {
    this.send({ documentDelete: { document, removedTargetIds: [id], readTime: fromMicros(time) } });
  }

  private sendRemove(document: string, id: number, time: number): void {
    this.send({ documentRemove: { document, removedTargetIds: [id], readTime: fromMicros(time) } });
  }

  /** Sends what changed for one target; false when nothing did. */
  apply(target: Target, changes: Iterable<Change>, time: number): boolean {
    const { query, id, members } = target;
    if (query && members) return this.applyLimited(target, query, changes, time);
    let sent = false;
    for (const { name, before, after } of changes) {
      const was = before !== undefined && (!query || inQuery(query, before));
      const is = after !== undefined && (!query || inQuery(query, after));
      if (is) this.sendDocument(after, id);
      else if (after && was) this.sendRemove(name, id, time);
      else if (was) this.sendDelete(name, id, time);
      sent ||= is || was;
    }
    return sent;
  }

  /** The window of a limit moves when documents enter or leave it, so it is searched again. */
  private applyLimited(target: Target, query: Query, changes: Iterable<Change>, time: number): boolean {
    const { members = new Map<string, StoredDocument>(), id } = target;
    let touched = false;
    for (const { name, after } of changes) {
      touched ||= members.has(name) || (after !== undefined && this.enters(query, members, after));
    }
    if (!touched) return false;
    const found = this.hub.search.run(query);
    const next = new Map(found.map((document) => [document.name, document]));
    let sent = false;
    for (const name of members.keys()) {
      if (next.has(name)) continue;
      if (this.hub.store.find(name)) this.sendRemove(name, id, time);
      else this.sendDelete(name, id, time);
      sent = true;
    }
    for (const document of found) {
      if (members.get(document.name)?.updated === document.updated) continue;
      this.sendDocument(document, id);
      sent = true;
    }
    target.members = next;
    return sent;
  }

  private enters(query: Query, members: Map<string, StoredDocument>, document: StoredDocument): boolean {
    if (!inQuery(query, document)) return false;
    if (query.offset > 0 || members.size < (query.limit ?? 0)) return true;
    return [...members.values()].some((member) => compareDocuments(query, document, member) < 0);
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const id of [...this.targets.keys()]) this.drop(id);
    this.hub.streams.delete(this);
  }
}
