import { allows } from '../access.ts';
import type { App, Scope } from '../context.ts';
import type { Collection } from '../define.ts';
import { Problem } from '../errors.ts';
import type { ListQuery } from '../lists/list-query.ts';
import { listRecords, type Page } from '../lists/list-records.ts';
import { CommitConflict, type DocumentWrite, type StoredDocument } from '../ports/documents.ts';
import type { UnitOfWork } from '../scope.ts';
import { fieldAccess } from './field-access.ts';
import { type JsonObject, mergePatch, type RecordMeta } from './record.ts';
import {
  fieldsOf,
  type RecordDraft,
  RecordDrafts,
  type RecordPlace,
  recordOf,
  requireDecision,
} from './record-drafts.ts';
import { type HistoryEntry, type HistoryPage, readHistory, stateAt } from './record-history.ts';
import { explainConflict } from './unique-values.ts';

/** What a caller last saw, to guard a write: a version number from an ETag. */
export interface WriteGuard {
  readonly ifVersion?: number | undefined;
}

/** Reads and writes of one collection, bound to a tenant and a caller. Every write also writes its change. */
export interface Repository<Data extends object> {
  /** Undefined when it does not exist, is deleted, or the caller may not know of it. */
  get(id: string): Promise<(Data & RecordMeta) | undefined>;
  /** Like `get`, but throws `not_found`. */
  require(id: string): Promise<Data & RecordMeta>;
  list(query: Partial<ListQuery>): Promise<Page<Data & RecordMeta>>;
  /** `id` makes the create idempotent: a second one is `already_exists`. */
  create(data: unknown, options?: { readonly id?: string }): Promise<Data & RecordMeta>;
  replace(id: string, data: unknown, guard?: WriteGuard): Promise<Data & RecordMeta>;
  patch(id: string, patch: unknown, guard?: WriteGuard): Promise<Data & RecordMeta>;
  delete(id: string, guard?: WriteGuard): Promise<void>;
  restore(id: string): Promise<Data & RecordMeta>;
  /** Newest first. */
  history(
    id: string,
    options?: { readonly limit?: number; readonly beforeVersion?: number },
  ): Promise<HistoryEntry[]>;
  /** Writes a new version with the fields of an old one. */
  revert(id: string, version: number): Promise<Data & RecordMeta>;
  /**
   * The writes of a create, for callers that commit many records at once (imports).
   * Collections that need transactions are refused.
   */
  prepareCreate(data: unknown, id: string): Promise<{ record: Data & RecordMeta; writes: DocumentWrite[] }>;
}

const MAX_ATTEMPTS = 10;

/** Anything else is no id of ours, and may be none the document store takes. */
const isRecordId = (id: string): boolean => /^[A-Za-z]\w{0,99}$/.test(id);

export function createRepository<Data extends object>(
  collection: Collection,
  scope: Scope,
  work: UnitOfWork,
  app: App,
  requestId: string,
): Repository<Data> {
  return new CollectionRepository({ collection, scope, app, requestId }, work) as unknown as Repository<Data>;
}

type AnyRecord = JsonObject & RecordMeta;

/** Reads, checks, commits, and does a write again on the newer version when another came between. */
class CollectionRepository implements Repository<JsonObject> {
  readonly #place: RecordPlace;
  readonly #work: UnitOfWork;
  readonly #drafts: RecordDrafts;
  readonly #base: string;

  constructor(place: RecordPlace, work: UnitOfWork) {
    this.#place = place;
    this.#work = work;
    this.#drafts = new RecordDrafts(place, work.transactional);
    this.#base = `tenants/${place.scope.tenantId}/${place.collection.key}`;
  }

  async get(id: string): Promise<AnyRecord | undefined> {
    const document = await this.#find(id);
    return document && this.#show(recordOf(document));
  }

  async require(id: string): Promise<AnyRecord> {
    return this.#show(recordOf(await this.#existing(id)));
  }

  list(query: Partial<ListQuery>): Promise<Page<AnyRecord>> {
    const { collection, scope, app } = this.#place;
    const read = requireDecision(this.#place, 'read');
    return listRecords(collection, scope, this.#work, app, read, query, (document) =>
      this.#show(recordOf(document)),
    );
  }

  async create(data: unknown, options: { readonly id?: string } = {}): Promise<AnyRecord> {
    if (this.#needsTransaction(data, undefined))
      return this.#inTransaction((repo) => repo.create(data, options));
    const { app, collection } = this.#place;
    const id = options.id ?? app.ids.next(collection.options.idPrefix);
    return this.#commit(id, await this.#drafts.create(data, id));
  }

  async prepareCreate(data: unknown, id: string): Promise<{ record: AnyRecord; writes: DocumentWrite[] }> {
    if (this.#needsTransaction(data, undefined))
      throw new TypeError(`${this.#place.collection.name} needs a transaction a record`);
    const { data: stored, writes } = await this.#drafts.create(data, id);
    return { record: this.#show({ id, ...stored }), writes };
  }

  replace(id: string, data: unknown, guard: WriteGuard = {}): Promise<AnyRecord> {
    return this.#update(id, guard, () => data);
  }

  async patch(id: string, patch: unknown, guard: WriteGuard = {}): Promise<AnyRecord> {
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
      throw new Problem('malformed', 'Send a JSON object with the fields to change.');
    const { collection, scope } = this.#place;
    fieldAccess(collection).refuseComputed(patch as JsonObject, scope.caller);
    return this.#update(id, guard, (current) => mergePatch(current, patch));
  }

  async delete(id: string, guard: WriteGuard = {}): Promise<void> {
    await this.#retry(async () => {
      const document = await this.#writable(id, 'delete', guard);
      await this.#work.commit(this.#drafts.delete(document).writes);
    });
  }

  async restore(id: string): Promise<AnyRecord> {
    return this.#retry(async () => {
      const may = requireDecision(this.#place, 'delete');
      const document = await this.#read(`${this.#base}-deleted`, id);
      if (!document || !allows(may, document.data)) throw this.#missing(id);
      return this.#commit(id, this.#drafts.restore(document));
    });
  }

  async history(id: string, options: HistoryPage = {}): Promise<HistoryEntry[]> {
    const document = (await this.#read(this.#base, id)) ?? (await this.#read(`${this.#base}-deleted`, id));
    if (!document || !allows(requireDecision(this.#place, 'read'), document.data)) throw this.#missing(id);
    const { collection, scope } = this.#place;
    const entries = await readHistory((query) => this.#work.query(query), scope.tenantId, id, options);
    const access = fieldAccess(collection);
    return entries.map((entry) => ({ ...entry, patch: access.show(entry.patch, scope.caller) }));
  }

  async revert(id: string, version: number): Promise<AnyRecord> {
    const state = await stateAt((page) => this.history(id, page), version);
    const { collection } = this.#place;
    const { computed = {}, secret = [] } = collection.options;
    // What the platform sets, and what never entered the log, stays as it is.
    const keeps = (name: string): boolean => name in computed || secret.includes(name);
    const fields = Object.entries(state).filter(([name]) => collection.fieldTypes.has(name) && !keeps(name));
    return this.#update(id, {}, (current) =>
      Object.fromEntries([...fields, ...Object.entries(current).filter(([name]) => keeps(name))]),
    );
  }

  async #update(id: string, guard: WriteGuard, next: (current: JsonObject) => unknown): Promise<AnyRecord> {
    if (this.#place.collection.options.transactional && !this.#work.transactional) {
      const current = (await this.#existing(id)).data;
      if (this.#needsTransaction(next(fieldsOf(current)), current))
        return this.#inTransaction((repo) => (repo as CollectionRepository).#updateOnce(id, guard, next));
    }
    return this.#retry(() => this.#updateOnce(id, guard, next));
  }

  async #updateOnce(
    id: string,
    guard: WriteGuard,
    next: (current: JsonObject) => unknown,
  ): Promise<AnyRecord> {
    const document = await this.#writable(id, 'update', guard);
    const draft = await this.#drafts.update(document, next(fieldsOf(document.data)));
    return draft ? this.#commit(id, draft) : this.#show(recordOf(document));
  }

  async #commit(id: string, { data, writes }: RecordDraft): Promise<AnyRecord> {
    const { scope, collection } = this.#place;
    try {
      await this.#work.commit(writes);
    } catch (error) {
      const place = { tenantId: scope.tenantId, collection };
      throw await explainConflict(place, (path) => this.#work.get(path), error, id, data);
    }
    return this.#show({ id, ...data });
  }

  async #retry<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof CommitConflict)) throw error;
        if (tries === MAX_ATTEMPTS)
          throw new Problem('conflict', 'The record is being changed by many at once. Try again.', {
            cause: error,
          });
      }
    }
  }

  #needsTransaction(draft: unknown, previous: JsonObject | undefined): boolean {
    const { transactional } = this.#place.collection.options;
    if (!transactional || this.#work.transactional || typeof draft !== 'object' || draft === null)
      return false;
    return transactional(draft as JsonObject, previous);
  }

  #inTransaction<T>(run: (repo: Repository<JsonObject>) => Promise<T>): Promise<T> {
    return this.#place.scope.transaction((transaction) =>
      run(transaction.repo(this.#place.collection as Collection<JsonObject>)),
    );
  }

  async #writable(id: string, action: 'update' | 'delete', guard: WriteGuard): Promise<StoredDocument> {
    const may = requireDecision(this.#place, action);
    const document = await this.#existing(id);
    if (!allows(may, document.data))
      throw new Problem(
        'forbidden',
        `You may not ${action} this ${this.#place.collection.options.labels.one}.`,
      );
    if (guard.ifVersion !== undefined && guard.ifVersion !== document.data.version)
      throw new Problem(
        'stale',
        `The record is at version ${String(document.data.version)}. Read it again, then repeat the change.`,
      );
    return document;
  }

  async #read(base: string, id: string): Promise<StoredDocument | undefined> {
    return isRecordId(id) ? this.#work.get(`${base}/${id}`) : undefined;
  }

  async #find(id: string): Promise<StoredDocument | undefined> {
    const may = requireDecision(this.#place, 'read');
    const document = await this.#read(this.#base, id);
    return document && allows(may, document.data) ? document : undefined;
  }

  async #existing(id: string): Promise<StoredDocument> {
    const document = await this.#find(id);
    if (!document) throw this.#missing(id);
    return document;
  }

  #missing(id: string): Problem {
    return new Problem(
      'not_found',
      `${this.#place.collection.options.labels.one} ${id.slice(0, 60)} does not exist.`,
    );
  }

  #show(record: JsonObject): AnyRecord {
    const { collection, scope } = this.#place;
    return fieldAccess(collection).show(record, scope.caller) as AnyRecord;
  }
}
