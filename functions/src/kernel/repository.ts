import { allows, type Caller, type Decision, decide } from './access.ts';
import { eventName, type Operation } from './change.ts';
import type { App, Scope, TransactionScope } from './context.ts';
import type { Collection } from './define.ts';
import { Problem } from './errors.ts';
import { fieldAccess } from './field-access.ts';
import type { ListQuery } from './list-query.ts';
import { listRecords, type Page } from './list-records.ts';
import { timestamp } from './ports/clock.ts';
import { CommitConflict, type DocumentWrite, SERVER_TIME, type StoredDocument } from './ports/documents.ts';
import { compact, diffPatch, type JsonObject, mergePatch, type RecordMeta } from './record.ts';
import { type HistoryEntry, type HistoryPage, readHistory, stateAt } from './record-history.ts';
import { parseInput } from './schema.ts';
import type { UnitOfWork } from './scope.ts';
import { tenantSettings } from './tenant-settings.ts';
import { explainConflict, uniqueWrites } from './unique-values.ts';

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
  return new CollectionRepository(collection, scope, work, app, requestId) as unknown as Repository<Data>;
}

type AnyRecord = JsonObject & RecordMeta;

class CollectionRepository implements Repository<JsonObject> {
  readonly #collection: Collection;
  readonly #scope: Scope;
  readonly #work: UnitOfWork;
  readonly #app: App;
  readonly #requestId: string;
  readonly #base: string;
  readonly #caller: Caller;

  constructor(collection: Collection, scope: Scope, work: UnitOfWork, app: App, requestId: string) {
    this.#collection = collection;
    this.#scope = scope;
    this.#work = work;
    this.#app = app;
    this.#requestId = requestId;
    this.#caller = scope.caller;
    this.#base = `tenants/${scope.tenantId}/${collection.key}`;
  }

  async get(id: string): Promise<AnyRecord | undefined> {
    const document = await this.#find(id);
    return document && this.#show(document);
  }

  async require(id: string): Promise<AnyRecord> {
    return this.#show(await this.#existing(id));
  }

  list(query: Partial<ListQuery>): Promise<Page<AnyRecord>> {
    const read = this.#decision('read');
    return listRecords(this.#collection, this.#scope, this.#work, this.#app, read, query, (document) =>
      this.#show(document),
    );
  }

  async create(data: unknown, options: { readonly id?: string } = {}): Promise<AnyRecord> {
    if (this.#needsTransaction(data, undefined))
      return this.#inTransaction((repo) => repo.create(data, options));
    const id = options.id ?? this.#app.ids.next(this.#collection.options.idPrefix);
    const { record, writes } = await this.#draftCreate(data, id);
    try {
      await this.#work.commit(writes);
    } catch (error) {
      throw await this.#explainConflict(error, id, record);
    }
    return record;
  }

  prepareCreate(data: unknown, id: string): Promise<{ record: AnyRecord; writes: DocumentWrite[] }> {
    if (this.#needsTransaction(data, undefined))
      throw new TypeError(`${this.#collection.name} needs a transaction a record`);
    return this.#draftCreate(data, id);
  }

  replace(id: string, data: unknown, guard: WriteGuard = {}): Promise<AnyRecord> {
    return this.#update(id, guard, () => data);
  }

  async patch(id: string, patch: unknown, guard: WriteGuard = {}): Promise<AnyRecord> {
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
      throw new Problem('malformed', 'Send a JSON object with the fields to change.');
    fieldAccess(this.#collection).refuseComputed(patch as JsonObject, this.#caller);
    return this.#update(id, guard, (current) => mergePatch(current, patch));
  }

  async delete(id: string, guard: WriteGuard = {}): Promise<void> {
    await this.#retry(async () => {
      const document = await this.#writable(id, 'delete', guard);
      const version = Number(document.data.version) + 1;
      const now = timestamp(this.#app.ports.clock);
      const path = `${this.#base}/${id}`;
      await this.#work.commit([
        { kind: 'delete', path, when: { revision: document.revision } },
        {
          kind: 'set',
          path: `${this.#base}-deleted/${id}`,
          data: { ...document.data, version, updatedAt: now },
        },
        this.#change('delete', id, version, {}),
        ...this.#uniqueWrites(document.data, undefined, id),
      ]);
    });
  }

  async restore(id: string): Promise<AnyRecord> {
    return this.#retry(async () => {
      const path = `${this.#base}-deleted/${id}`;
      const may = this.#decision('delete');
      const document = isRecordId(id) ? await this.#work.get(path) : undefined;
      if (!document || !allows(may, document.data)) throw this.#missing(id);
      const version = Number(document.data.version) + 1;
      const data = { ...document.data, version, updatedAt: timestamp(this.#app.ports.clock) };
      try {
        await this.#work.commit([
          { kind: 'delete', path, when: { revision: document.revision } },
          { kind: 'set', path: `${this.#base}/${id}`, data, when: { exists: false } },
          this.#change('restore', id, version, {}),
          ...this.#uniqueWrites(undefined, data, id),
        ]);
      } catch (error) {
        throw await this.#explainConflict(error, id, data);
      }
      return this.#show({ ...document, data });
    });
  }

  async history(id: string, options: HistoryPage = {}): Promise<HistoryEntry[]> {
    const document = isRecordId(id)
      ? ((await this.#work.get(`${this.#base}/${id}`)) ??
        (await this.#work.get(`${this.#base}-deleted/${id}`)))
      : undefined;
    if (!document || !allows(this.#decision('read'), document.data)) throw this.#missing(id);
    const entries = await readHistory((query) => this.#work.query(query), this.#scope.tenantId, id, options);
    const access = fieldAccess(this.#collection);
    return entries.map((entry) => ({ ...entry, patch: access.show(entry.patch, this.#caller) }));
  }

  async revert(id: string, version: number): Promise<AnyRecord> {
    const state = await stateAt((page) => this.history(id, page), version);
    const { computed = {}, secret = [] } = this.#collection.options;
    // What the platform sets, and what never entered the log, stays as it is.
    const keeps = (name: string): boolean => name in computed || secret.includes(name);
    const fields = Object.entries(state).filter(
      ([name]) => this.#collection.fieldTypes.has(name) && !keeps(name),
    );
    return this.#update(id, {}, (current) =>
      Object.fromEntries([...fields, ...Object.entries(current).filter(([name]) => keeps(name))]),
    );
  }

  async #draftCreate(data: unknown, id: string): Promise<{ record: AnyRecord; writes: DocumentWrite[] }> {
    const may = this.#decision('create');
    const access = fieldAccess(this.#collection);
    access.refuseComputed(data, this.#caller);
    const now = timestamp(this.#app.ports.clock);
    const parsed = parseInput(this.#collection.input, access.withoutComputed(data, {}, this.#caller));
    access.refuseUnwritable(parsed, undefined, this.#caller);
    const computed = this.#caller.kind === 'system' ? access.computedOf(data as JsonObject) : {};
    const fields = await this.#prepare({ ...computed, ...parsed }, undefined, id, now, 'create');
    if (!allows(may, fields))
      throw new Problem('forbidden', `You may not create this in ${this.#collection.options.labels.many}.`);
    const stored: JsonObject = {
      ...fields,
      version: 1,
      createdAt: now,
      updatedAt: now,
      createdBy: this.#caller.id,
    };
    const writes: DocumentWrite[] = [
      { kind: 'set', path: `${this.#base}/${id}`, data: stored, when: { exists: false } },
      this.#change('create', id, 1, stored),
      ...this.#uniqueWrites(undefined, stored, id),
    ];
    return { record: this.#show({ id, path: `${this.#base}/${id}`, data: stored, revision: '' }), writes };
  }

  /** Reads, changes and writes one record; when another write came between, does it again on the newer version. */
  async #update(id: string, guard: WriteGuard, next: (current: JsonObject) => unknown): Promise<AnyRecord> {
    if (this.#collection.options.transactional && !this.#work.transactional) {
      const current = (await this.#existing(id)).data;
      if (this.#needsTransaction(next(this.#fieldsOf(current)), current)) {
        return this.#inTransaction((repo) => (repo as CollectionRepository).#updateOnce(id, guard, next));
      }
    }
    return this.#retry(() => this.#updateOnce(id, guard, next));
  }

  async #updateOnce(
    id: string,
    guard: WriteGuard,
    next: (current: JsonObject) => unknown,
  ): Promise<AnyRecord> {
    const document = await this.#writable(id, 'update', guard);
    const path = document.path;
    const current = this.#fieldsOf(document.data);
    const wanted = next(current);
    const access = fieldAccess(this.#collection);
    const parsed = parseInput(this.#collection.input, access.withoutComputed(wanted, current, this.#caller));
    access.refuseUnwritable(parsed, current, this.#caller);
    const version = Number(document.data.version) + 1;
    const now = timestamp(this.#app.ports.clock);
    const computed = access.computedOf(this.#caller.kind === 'system' ? (wanted as JsonObject) : current);
    const fields = await this.#prepare({ ...computed, ...parsed }, this.#record(document), id, now, 'update');
    const patch = diffPatch(current, fields);
    if (!patch) return this.#show(document);
    if (!allows(this.#decision('update'), fields))
      throw new Problem('forbidden', 'This change would put the record out of your reach.');
    const { createdAt, createdBy } = document.data;
    const data = { ...fields, version, createdAt, updatedAt: now, createdBy };
    try {
      await this.#work.commit([
        {
          kind: 'set',
          path,
          data,
          when: { revision: document.revision },
          dropped: Object.keys(current).filter((name) => !(name in data)),
        },
        this.#change('update', id, version, { ...patch, updatedAt: now }),
        ...this.#uniqueWrites(document.data, data, id),
      ]);
    } catch (error) {
      throw await this.#explainConflict(error, id, data);
    }
    return this.#show({ ...document, data });
  }

  async #prepare(
    draft: JsonObject,
    previous: AnyRecord | undefined,
    id: string,
    now: string,
    operation: 'create' | 'update',
  ): Promise<JsonObject> {
    const { prepare } = this.#collection.options;
    if (!prepare) return draft;
    const transaction = this.#work.transactional ? (this.#scope as TransactionScope) : undefined;
    return compact({
      ...(await prepare(draft, {
        operation,
        previous,
        id,
        now,
        transaction,
        tenant: () => tenantSettings(this.#app, this.#scope.tenantId),
      })),
    }) as JsonObject;
  }

  #change(operation: Operation, recordId: string, version: number, patch: JsonObject): DocumentWrite {
    const { name } = this.#collection;
    const id = this.#app.ids.ulid();
    const data = {
      collection: name,
      recordId,
      version,
      operation,
      actor: compact({ kind: this.#caller.kind, id: this.#caller.id, reason: this.#caller.reason }),
      requestId: this.#requestId,
      patch: JSON.stringify(fieldAccess(this.#collection).withoutSecrets(patch)),
      event: eventName(name, operation),
      at: SERVER_TIME,
    };
    return {
      kind: 'set',
      path: `tenants/${this.#scope.tenantId}/changes/${id}`,
      data,
      when: { exists: false },
    };
  }

  #uniqueWrites(before: JsonObject | undefined, after: JsonObject | undefined, id: string): DocumentWrite[] {
    return uniqueWrites({ tenantId: this.#scope.tenantId, collection: this.#collection }, id, before, after);
  }

  #explainConflict(error: unknown, id: string, data: Readonly<Record<string, unknown>>): Promise<unknown> {
    const place = { tenantId: this.#scope.tenantId, collection: this.#collection };
    return explainConflict(place, (path) => this.#work.get(path), error, id, data);
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
    const { transactional } = this.#collection.options;
    if (!transactional || this.#work.transactional || typeof draft !== 'object' || draft === null)
      return false;
    return transactional(draft as JsonObject, previous);
  }

  #inTransaction<T>(run: (repo: Repository<JsonObject>) => Promise<T>): Promise<T> {
    return this.#scope.transaction((transaction) =>
      run(transaction.repo(this.#collection as Collection<JsonObject>)),
    );
  }

  async #writable(id: string, action: 'update' | 'delete', guard: WriteGuard): Promise<StoredDocument> {
    const may = this.#decision(action);
    const document = await this.#existing(id);
    if (!allows(may, document.data))
      throw new Problem('forbidden', `You may not ${action} this ${this.#collection.options.labels.one}.`);
    if (guard.ifVersion !== undefined && guard.ifVersion !== document.data.version)
      throw new Problem(
        'stale',
        `The record is at version ${String(document.data.version)}. Read it again, then repeat the change.`,
      );
    return document;
  }

  async #find(id: string): Promise<StoredDocument | undefined> {
    const may = this.#decision('read');
    if (!isRecordId(id)) return undefined;
    const document = await this.#work.get(`${this.#base}/${id}`);
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
      `${this.#collection.options.labels.one} ${id.slice(0, 60)} does not exist.`,
    );
  }

  #decision(action: 'read' | 'create' | 'update' | 'delete'): Decision {
    const decision = decide(this.#collection.options.access[action], this.#caller);
    if (decision === false)
      throw new Problem('forbidden', `Your role may not ${action} ${this.#collection.options.labels.many}.`);
    return decision;
  }

  #fieldsOf(data: Readonly<Record<string, unknown>>): JsonObject {
    const {
      version: _version,
      createdAt: _createdAt,
      updatedAt: _updatedAt,
      createdBy: _createdBy,
      ...fields
    } = data;
    return fields;
  }

  #record(document: StoredDocument): AnyRecord {
    return { id: document.id, ...document.data } as AnyRecord;
  }

  #show(document: StoredDocument): AnyRecord {
    return fieldAccess(this.#collection).show(this.#record(document), this.#caller) as AnyRecord;
  }
}
