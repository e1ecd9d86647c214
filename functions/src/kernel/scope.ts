import type { Caller } from './access.ts';
import type { App, Scope, SystemContext, TransactionScope } from './context.ts';
import { JOB_QUEUE, PLATFORM_TENANT } from './context.ts';
import type { Collection, DataOf } from './define.ts';
import { Problem } from './errors.ts';
import type {
  DocumentQuery,
  DocumentStore,
  DocumentTransaction,
  DocumentWrite,
  StoredDocument,
} from './ports/documents.ts';
import { CommitConflict } from './ports/documents.ts';
import type { Log } from './ports/log.ts';
import { createRepository, type Repository } from './records/repository.ts';
import type { JoinedWrites } from './requests/idempotency.ts';

/** What a repository needs of the store: single commits, or the buffer of a transaction. */
export interface UnitOfWork {
  readonly transactional: boolean;
  get(path: string): Promise<StoredDocument | undefined>;
  getAll(paths: readonly string[]): Promise<(StoredDocument | undefined)[]>;
  query(query: DocumentQuery): Promise<StoredDocument[]>;
  commit(writes: readonly DocumentWrite[]): Promise<void>;
}

export interface ScopeOptions {
  readonly app: App;
  readonly tenantId: string;
  readonly caller: Caller;
  readonly requestId: string;
  /** Writes that join the first commit of the request, such as the mark of its idempotency key. */
  readonly joined?: JoinedWrites | undefined;
}

/** Data access for one tenant and caller. The only way from handlers to documents. */
export function createScope(options: ScopeOptions): Scope {
  const { app } = options;
  const store = app.ports.documents;
  const { joined } = options;
  const withJoined = (writes: readonly DocumentWrite[]): readonly DocumentWrite[] =>
    joined ? [...writes, ...joined.writes(writes)] : writes;
  const direct: UnitOfWork = {
    transactional: false,
    get: (path) => store.get(path),
    getAll: (paths) => store.getAll(paths),
    query: (query) => store.query(query),
    commit: async (writes) => {
      await store.commit(withJoined(writes));
      joined?.committed();
    },
  };
  const scope: Scope = {
    tenantId: options.tenantId,
    caller: options.caller,
    repo: (collection) => createRepository(collection, scope, direct, app, options.requestId),
    transaction: async (work) => {
      const result = await inTransaction(
        store,
        (buffer) => work(transactionScope(options, buffer)),
        withJoined,
      );
      joined?.committed();
      return result;
    },
    asSystem: (reason) => createScope({ ...options, caller: systemCaller(reason) }),
  };
  return scope;
}

export const systemCaller = (reason: string): Caller => ({
  kind: 'system',
  id: 'system',
  role: 'owner',
  reason,
});

/** Buffers writes and lets reads of the same transaction see them. */
class TransactionBuffer implements UnitOfWork {
  readonly transactional = true;
  readonly writes: DocumentWrite[] = [];
  readonly #transaction: DocumentTransaction;
  readonly #latest = new Map<string, StoredDocument | undefined>();

  constructor(transaction: DocumentTransaction) {
    this.#transaction = transaction;
  }

  async get(path: string): Promise<StoredDocument | undefined> {
    if (this.#latest.has(path)) return this.#latest.get(path);
    return this.#transaction.get(path);
  }

  getAll(paths: readonly string[]): Promise<(StoredDocument | undefined)[]> {
    return Promise.all(paths.map((path) => this.get(path)));
  }

  query(query: DocumentQuery): Promise<StoredDocument[]> {
    return this.#transaction.query(query);
  }

  async commit(writes: readonly DocumentWrite[]): Promise<void> {
    for (const write of writes) {
      const path = write.path;
      const earlier = this.writes.findIndex((other) => other.path === path);
      const [first] = earlier < 0 ? [] : this.writes.splice(earlier, 1);
      this.writes.push(first ? secondWrite(first, write) : write);
      const id = path.slice(path.lastIndexOf('/') + 1);
      this.#latest.set(
        path,
        write.kind === 'set' ? { path, id, data: write.data, revision: 'pending' } : undefined,
      );
    }
  }
}

/** A second write to a document of a transaction replaces the first, whose guard (or lack of one) still holds. */
function secondWrite(first: DocumentWrite, { when: _when, ...write }: DocumentWrite): DocumentWrite {
  const guard = first.when ? { when: first.when } : {};
  // What was deleted is written anew; that nobody else touched it is checked by the transaction's read.
  if (write.kind === 'delete' || first.kind === 'delete')
    return write.kind === 'delete' ? { ...write, ...guard } : write;
  const data = Object.keys(write.data);
  const dropped = [...((first.kind === 'set' && first.dropped) || []), ...(write.dropped ?? [])].filter(
    (name) => !data.includes(name),
  );
  return { ...write, ...guard, ...(dropped.length > 0 ? { dropped } : {}) };
}

function transactionScope(options: ScopeOptions, buffer: TransactionBuffer): TransactionScope {
  const scope: TransactionScope = {
    tenantId: options.tenantId,
    caller: options.caller,
    repo: <C extends Collection>(collection: C): Repository<DataOf<C>> =>
      createRepository(collection, scope, buffer, options.app, options.requestId),
    transaction: (work) => work(scope),
    asSystem: (reason) => transactionScope({ ...options, caller: systemCaller(reason) }, buffer),
    sequence: async (name) => {
      const path = `tenants/${options.tenantId}/sequences/${name}`;
      const next = Number((await buffer.get(path))?.data.value ?? 0) + 1;
      await buffer.commit([{ kind: 'set', path, data: { value: next } }]);
      return next;
    },
    queueJob: (jobId, entry) => {
      const path = `${JOB_QUEUE}/${jobId}`;
      const data = { tenantId: options.tenantId, ...entry };
      return buffer.commit([entry ? { kind: 'set', path, data } : { kind: 'delete', path }]);
    },
  };
  return scope;
}

/** The platform acting for no user, on any tenant. */
export function createSystemContext(
  app: App,
  requestId: string,
  reason: string,
  log: Log = app.ports.log,
): SystemContext {
  const tenant = (tenantId: string): Scope =>
    createScope({ app, tenantId, caller: systemCaller(reason), requestId });
  return {
    app,
    ports: app.ports,
    requestId,
    log,
    reason,
    tenant,
    platform: tenant(PLATFORM_TENANT),
    transaction: (work) =>
      inTransaction(app.ports.documents, (buffer) =>
        work((tenantId) =>
          transactionScope({ app, tenantId, caller: systemCaller(reason), requestId }, buffer),
        ),
      ),
  };
}

type AllWrites = (writes: readonly DocumentWrite[]) => readonly DocumentWrite[];

/** What is still in conflict after the store's own retries is for the caller to try again. */
async function inTransaction<T>(
  store: DocumentStore,
  work: (buffer: TransactionBuffer) => Promise<T>,
  all: AllWrites = (writes) => writes,
): Promise<T> {
  try {
    return await store.transaction(async (transaction) => {
      const buffer = new TransactionBuffer(transaction);
      const value = await work(buffer);
      transaction.write(...all(buffer.writes));
      return value;
    });
  } catch (error) {
    if (error instanceof CommitConflict)
      throw new Problem('conflict', 'The record was changed at the same time. Try again.', { cause: error });
    throw error;
  }
}
