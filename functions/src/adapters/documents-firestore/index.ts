import {
  type DocumentData,
  type DocumentReference,
  type DocumentSnapshot,
  FieldPath,
  FieldValue,
  type Firestore,
  type Query,
  Timestamp,
  type Transaction,
} from '@google-cloud/firestore';
import {
  CommitConflict,
  type DocumentQuery,
  type DocumentStore,
  type DocumentTransaction,
  type DocumentWrite,
  SERVER_TIME,
  ServerTime,
  type StoredDocument,
  StoreUnavailable,
} from '../../kernel/ports/documents.ts';

/** gRPC status codes (https://grpc.github.io/grpc/core/md_doc_statuscodes.html) that mean something to the kernel. */
const CONFLICTS: Readonly<Record<number, CommitConflict['reason']>> = {
  5: 'missing',
  6: 'exists',
  9: 'stale',
  10: 'stale',
};
const UNAVAILABLE: readonly number[] = [8, 13, 14, 15];

/** The kernel's documents in Firestore: Google's, or the local engine behind the same client. */
export function createFirestoreDocuments(firestore: Firestore): DocumentStore {
  return {
    get: (path) => translate(async () => read(await firestore.doc(path).get())),
    getAll: (paths) =>
      translate(async () =>
        paths.length === 0
          ? []
          : (await firestore.getAll(...paths.map((path) => firestore.doc(path)))).map(read),
      ),
    query: (query) => translate(async () => (await build(firestore, query).get()).docs.map(readFound)),
    count: (query) =>
      translate(
        async () =>
          (
            await build(firestore, { ...query, limit: 0 })
              .count()
              .get()
          ).data().count,
      ),
    commit: (writes) =>
      translate(async () => {
        const batch = firestore.batch();
        for (const write of writes) add(firestore, batch, write);
        await batch.commit();
      }),
    transaction: (work) =>
      translate(() =>
        firestore.runTransaction((transaction) => work(wrap(firestore, transaction)), { maxAttempts: 20 }),
      ),
    watch: (query, changed, failed) =>
      build(firestore, query).onSnapshot((snapshot) => changed(snapshot.docs.map(readFound)), failed),
  };
}

function wrap(firestore: Firestore, transaction: Transaction): DocumentTransaction {
  return {
    get: async (path) => read(await transaction.get(firestore.doc(path))),
    query: async (query) => (await transaction.get(build(firestore, query))).docs.map(readFound),
    write: (...writes) => {
      for (const write of writes) add(firestore, transaction, write);
    },
  };
}

/** What batches and transactions share. */
interface Writer {
  create(reference: DocumentReference, data: DocumentData): unknown;
  set(reference: DocumentReference, data: DocumentData): unknown;
  update(
    reference: DocumentReference,
    data: DocumentData,
    precondition: { lastUpdateTime?: Timestamp; exists?: boolean },
  ): unknown;
  delete(reference: DocumentReference, precondition: { lastUpdateTime?: Timestamp }): unknown;
}

function add(firestore: Firestore, writer: Writer, write: DocumentWrite): void {
  const reference = firestore.doc(write.path);
  const guard =
    write.when && 'revision' in write.when
      ? { lastUpdateTime: parseRevision(write.when.revision) }
      : undefined;
  if (write.kind === 'delete') {
    writer.delete(reference, guard ?? {});
    return;
  }
  const data = encode(write.data);
  if (write.when && 'exists' in write.when && !write.when.exists) writer.create(reference, data);
  else if (guard) {
    // The client guards updates but not sets, so a guarded set is an update that also names the fields that went.
    for (const name of write.dropped ?? []) data[name] = FieldValue.delete();
    writer.update(reference, data, guard);
  } else if (write.when) writer.update(reference, data, { exists: true });
  else writer.set(reference, data);
}

function encode(data: Readonly<Record<string, unknown>>): DocumentData {
  const result: DocumentData = {};
  for (const [name, value] of Object.entries(data))
    result[name] = value === SERVER_TIME ? FieldValue.serverTimestamp() : value;
  return result;
}

const operand = (value: unknown): unknown => (value instanceof ServerTime ? toTimestamp(value) : value);

function build(
  firestore: Firestore,
  { collection, where = [], orderBy = [], startAfter, limit }: DocumentQuery,
): Query {
  let query: Query = firestore.collection(collection);
  for (const [field, operator, value] of where) query = query.where(field, operator, operand(value));
  for (const [field, direction] of orderBy) query = query.orderBy(field, direction);
  // A query without an order is in the order of ids, but the client must be told before it takes a cursor.
  if (orderBy.length > 0 || startAfter)
    query = query.orderBy(FieldPath.documentId(), orderBy.at(-1)?.[1] ?? 'asc');
  if (startAfter) query = query.startAfter(...startAfter.map(operand));
  return limit > 0 ? query.limit(limit) : query;
}

function read(snapshot: DocumentSnapshot): StoredDocument | undefined {
  return snapshot.exists ? readFound(snapshot) : undefined;
}

function readFound(snapshot: DocumentSnapshot): StoredDocument {
  const data: DocumentData = snapshot.data() ?? {};
  for (const name in data) if (data[name] instanceof Timestamp) data[name] = fromTimestamp(data[name]);
  const time = snapshot.updateTime;
  return {
    path: snapshot.ref.path,
    id: snapshot.id,
    data,
    revision: time ? `${time.seconds}.${time.nanoseconds}` : '',
  };
}

function parseRevision(revision: string): Timestamp {
  const [seconds, nanoseconds] = revision.split('.');
  return new Timestamp(Number(seconds), Number(nanoseconds ?? 0));
}

const fromTimestamp = (time: Timestamp): ServerTime =>
  new ServerTime(
    `${new Date(time.seconds * 1000).toISOString().slice(0, 19)}.${String(Math.floor(time.nanoseconds / 1000)).padStart(6, '0')}Z`,
  );

const toTimestamp = ({ iso }: ServerTime): Timestamp =>
  new Timestamp(
    Math.floor(Date.parse(`${iso.slice(0, 19)}Z`) / 1000),
    Number((iso.slice(20, -1) || '0').padEnd(9, '0')),
  );

async function translate<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? Number(error.code) : Number.NaN;
    const reason = CONFLICTS[code];
    // A query without its index is also code 9; it is our mistake, not a conflict.
    if (reason && !(code === 9 && /requires an index|composite index/i.test((error as Error).message)))
      throw new CommitConflict(reason, { cause: error });
    if (UNAVAILABLE.includes(code))
      throw new StoreUnavailable('the document store refused', { cause: error });
    throw error;
  }
}
