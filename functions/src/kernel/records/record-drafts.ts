import { allows, type Caller, type Decision, decide } from '../access.ts';
import { eventName, type Operation, updateEvent } from '../changes/change.ts';
import type { App, Scope, TransactionScope } from '../context.ts';
import type { Collection } from '../define.ts';
import { Problem } from '../errors.ts';
import { timestamp } from '../ports/clock.ts';
import { type DocumentWrite, SERVER_TIME, type StoredDocument } from '../ports/documents.ts';
import { parseInput } from '../schema.ts';
import { tenantSettings } from '../tenants/tenant-settings.ts';
import { fieldAccess } from './field-access.ts';
import { compact, diffPatch, type JsonObject, type RecordMeta } from './record.ts';
import { uniqueWrites } from './unique-values.ts';

/** Whose records, changed in which request. The scope knows the tenant and the caller. */
export interface RecordPlace {
  readonly collection: Collection;
  readonly scope: Scope;
  readonly app: App;
  readonly requestId: string;
}

/** What a record becomes, and every document this writes: itself, its change, its unique values. */
export interface RecordDraft {
  readonly data: JsonObject;
  readonly writes: DocumentWrite[];
}

type Action = 'read' | 'create' | 'update' | 'delete';

/** Which records the caller may do this to; throws `forbidden` when it is none at all. */
export function requireDecision({ collection, scope }: RecordPlace, action: Action): Decision {
  const decision = decide(collection.options.access[action], scope.caller);
  if (decision === false)
    throw new Problem('forbidden', `Your role may not ${action} ${collection.options.labels.many}.`);
  return decision;
}

/** The fields of a record without what the platform keeps about it. */
export function fieldsOf(data: Readonly<Record<string, unknown>>): JsonObject {
  const {
    version: _version,
    createdAt: _createdAt,
    updatedAt: _updatedAt,
    createdBy: _createdBy,
    ...fields
  } = data;
  return fields;
}

export const recordOf = (document: StoredDocument): JsonObject & RecordMeta =>
  ({ id: document.id, ...document.data }) as JsonObject & RecordMeta;

/** Works out what a write stores, and checks that the caller may. Commits nothing. */
export class RecordDrafts {
  readonly #place: RecordPlace;
  readonly #transaction: TransactionScope | undefined;
  readonly #base: string;
  readonly #caller: Caller;

  /** @param transactional whether the scope of the place is that of a transaction */
  constructor(place: RecordPlace, transactional: boolean) {
    this.#place = place;
    this.#transaction = transactional ? (place.scope as TransactionScope) : undefined;
    this.#base = `tenants/${place.scope.tenantId}/${place.collection.key}`;
    this.#caller = place.scope.caller;
  }

  async create(input: unknown, id: string): Promise<RecordDraft> {
    const { collection } = this.#place;
    const may = requireDecision(this.#place, 'create');
    const access = fieldAccess(collection);
    access.refuseComputed(input, this.#caller);
    const now = this.#now();
    const parsed = parseInput(collection.input, access.withoutComputed(input, {}, this.#caller));
    access.refuseUnwritable(parsed, undefined, this.#caller);
    const computed = this.#caller.kind === 'system' ? access.computedOf(input as JsonObject) : {};
    const fields = await this.#prepare({ ...computed, ...parsed }, undefined, id, now);
    if (!allows(may, fields))
      throw new Problem('forbidden', `You may not create this in ${collection.options.labels.many}.`);
    const data = { ...fields, version: 1, createdAt: now, updatedAt: now, createdBy: this.#caller.id };
    return {
      data,
      writes: [
        { kind: 'set', path: `${this.#base}/${id}`, data, when: { exists: false } },
        this.#change('create', id, 1, data),
        ...this.#uniqueWrites(undefined, data, id),
      ],
    };
  }

  /** Undefined when the record already is as `wanted` says. */
  async update(document: StoredDocument, wanted: unknown): Promise<RecordDraft | undefined> {
    const { collection } = this.#place;
    const current = fieldsOf(document.data);
    const access = fieldAccess(collection);
    const parsed = parseInput(collection.input, access.withoutComputed(wanted, current, this.#caller));
    access.refuseUnwritable(parsed, current, this.#caller);
    const now = this.#now();
    const computed = access.computedOf(this.#caller.kind === 'system' ? (wanted as JsonObject) : current);
    const fields = await this.#prepare({ ...computed, ...parsed }, document, document.id, now);
    const patch = diffPatch(current, fields);
    if (!patch) return undefined;
    if (!allows(requireDecision(this.#place, 'update'), fields))
      throw new Problem('forbidden', 'This change would put the record out of your reach.');
    const version = Number(document.data.version) + 1;
    const { createdAt, createdBy } = document.data;
    const data = { ...fields, version, createdAt, updatedAt: now, createdBy };
    const dropped = Object.keys(current).filter((name) => !(name in data));
    return {
      data,
      writes: [
        { kind: 'set', path: document.path, data, when: { revision: document.revision }, dropped },
        this.#change(
          'update',
          document.id,
          version,
          { ...patch, updatedAt: now },
          updateEvent(collection, patch, current),
        ),
        ...this.#uniqueWrites(document.data, data, document.id),
      ],
    };
  }

  /** Moves the record to `<collection>-deleted`, so that no index has to tell the two apart. */
  delete({ id, path, data: before, revision }: StoredDocument): RecordDraft {
    const data = this.#nextVersion(before);
    return {
      data,
      writes: [
        { kind: 'delete', path, when: { revision } },
        { kind: 'set', path: `${this.#base}-deleted/${id}`, data },
        this.#change('delete', id, data.version, {}),
        ...this.#uniqueWrites(before, undefined, id),
      ],
    };
  }

  /** @param document as it lies in `<collection>-deleted` */
  restore({ id, path, data: before, revision }: StoredDocument): RecordDraft {
    const data = this.#nextVersion(before);
    return {
      data,
      writes: [
        { kind: 'delete', path, when: { revision } },
        { kind: 'set', path: `${this.#base}/${id}`, data, when: { exists: false } },
        this.#change('restore', id, data.version, {}),
        ...this.#uniqueWrites(undefined, data, id),
      ],
    };
  }

  #now(): string {
    return timestamp(this.#place.app.ports.clock);
  }

  #nextVersion(data: Readonly<Record<string, unknown>>): JsonObject & { readonly version: number } {
    return { ...data, version: Number(data.version) + 1, updatedAt: this.#now() };
  }

  async #prepare(
    draft: JsonObject,
    previous: StoredDocument | undefined,
    id: string,
    now: string,
  ): Promise<JsonObject> {
    const { collection, app, scope } = this.#place;
    const { prepare } = collection.options;
    if (!prepare) return draft;
    const prepared = await prepare(draft, {
      operation: previous ? 'update' : 'create',
      previous: previous && recordOf(previous),
      id,
      now,
      transaction: this.#transaction,
      app,
      tenant: () => tenantSettings(app, scope.tenantId),
    });
    return compact({ ...prepared }) as JsonObject;
  }

  #change(
    operation: Operation,
    recordId: string,
    version: number,
    patch: JsonObject,
    event = eventName(this.#place.collection.name, operation),
  ): DocumentWrite {
    const { collection, scope, app, requestId } = this.#place;
    const { kind, id, reason } = this.#caller;
    return {
      kind: 'set',
      path: `tenants/${scope.tenantId}/changes/${app.ids.ulid()}`,
      data: {
        collection: collection.name,
        recordId,
        version,
        operation,
        actor: compact({ kind, id, reason }),
        requestId,
        patch: JSON.stringify(fieldAccess(collection).withoutSecrets(patch)),
        event,
        at: SERVER_TIME,
      },
      when: { exists: false },
    };
  }

  #uniqueWrites(before: JsonObject | undefined, after: JsonObject | undefined, id: string): DocumentWrite[] {
    const { scope, collection } = this.#place;
    return uniqueWrites({ tenantId: scope.tenantId, collection }, id, before, after);
  }
}
