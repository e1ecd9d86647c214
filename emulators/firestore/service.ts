import { randomBytes } from 'node:crypto';
import type {
  BatchGetRequest,
  BeginTransactionRequest,
  CommitRequest,
  CreateDocumentRequest,
  DeleteDocumentRequest,
  GetDocumentRequest,
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  PartitionQueryRequest,
  RunAggregationRequest,
  RunQueryRequest,
  UpdateDocumentRequest,
  WireMask,
  WireWrite,
} from './door/wire.ts';
import { Code, FirestoreError, invalid } from './errors.ts';
import { ListenStream } from './listen/listen.ts';
import type { ListenHub } from './listen/listen-hub.ts';
import type { ListenResponse } from './listen/listen-responses.ts';
import { listByQuery } from './query/list-query.ts';
import { checkCollection, type DocumentPage, listCollectionIds, listDocuments } from './query/listing.ts';
import { readQuery } from './query/query.ts';
import { type AnsweredDocument, masked, Reads } from './query/reads.ts';
import type { Search } from './query/search.ts';
import type { Commits } from './storage/commits.ts';
import type { CommitResponse } from './storage/committer.ts';
import { Readings } from './storage/readings.ts';
import type { Store } from './storage/store.ts';
import type { Transaction, Transactions } from './transactions/transactions.ts';
import { readWrite } from './transactions/writes.ts';
import type { Clock } from './values/clock.ts';
import { checkRequest } from './values/limits.ts';
import { checkDatabase, parseDocumentName } from './values/names.ts';
import { type Timestamp, toMicros } from './values/values.ts';

export interface BatchWriteResponse {
  writeResults: { updateTime: Timestamp | null }[];
  status: { code: number; message: string }[];
}

const MAX_WRITES = 100_000;

/** The calls of `google.firestore.v1.Firestore`, for every door alike. */
export class FirestoreService {
  private readonly store: Store;
  private readonly search: Search;
  private readonly commits: Commits;
  private readonly transactions: Transactions;
  private readonly hub: ListenHub;
  private readonly clock: Clock;
  private readonly readings: Readings;
  private readonly reads: Reads;

  constructor(
    store: Store,
    search: Search,
    commits: Commits,
    transactions: Transactions,
    hub: ListenHub,
    clock: Clock,
  ) {
    this.store = store;
    this.search = search;
    this.commits = commits;
    this.transactions = transactions;
    this.hub = hub;
    this.clock = clock;
    this.readings = new Readings(store, transactions);
    this.reads = new Reads(store, search, this.readings);
  }

  async commit(request: CommitRequest): Promise<CommitResponse> {
    const database = checkDatabase(request.database);
    const inputs = request.writes ?? [];
    if (inputs.length > MAX_WRITES) throw invalid(`writes: at most ${MAX_WRITES} writes a commit.`);
    const writes = inputs.map((write) => readWrite(write, database, this.store.catalog.parser));
    checkRequest(writes);
    const transaction = request.transaction?.length ? this.transactions.get(request.transaction) : undefined;
    if (transaction?.readTime !== undefined && writes.length > 0) {
      this.transactions.end(transaction);
      throw invalid('Cannot modify entities in a read-only transaction.');
    }
    return this.commits.commit(writes, transaction);
  }

  /** Applies each write on its own; one that fails does not stop the others. */
  async batchWrite(request: CommitRequest): Promise<BatchWriteResponse> {
    const database = checkDatabase(request.database);
    const inputs = request.writes ?? [];
    const names = inputs.map(
      (write) => write.update?.name ?? write.delete ?? write.transform?.document ?? '',
    );
    if (new Set(names).size < names.length) throw invalid('A batch writes each document at most once.');
    const writes = inputs.map((input) => {
      try {
        return readWrite(input, database, this.store.catalog.parser);
      } catch (error) {
        if (error instanceof FirestoreError) return error;
        throw error;
      }
    });
    checkRequest(writes.flatMap((write) => (write instanceof FirestoreError ? [] : write)));
    const outcomes = await Promise.all(
      writes.map(async (write) => {
        try {
          if (write instanceof FirestoreError) throw write;
          const { writeResults } = await this.commits.commit([write]);
          return { updateTime: writeResults[0]?.updateTime ?? null, code: Code.OK as number, message: '' };
        } catch (error) {
          if (!(error instanceof FirestoreError)) throw error;
          return { updateTime: null, code: error.code, message: error.details };
        }
      }),
    );
    return {
      writeResults: outcomes.map(({ updateTime }) => ({ updateTime })),
      status: outcomes.map(({ code, message }) => ({ code, message })),
    };
  }

  beginTransaction(request: BeginTransactionRequest): Transaction {
    checkDatabase(request.database);
    return this.readings.beginTransaction(request.options);
  }

  rollback(request: { transaction?: Uint8Array | null }): void {
    this.transactions.end(this.transactions.get(request.transaction ?? new Uint8Array()));
  }

  /** Answers at once, unless a transaction has to wait for its turn; so do the queries. */
  batchGetDocuments(request: BatchGetRequest) {
    return this.reads.batchGetDocuments(request);
  }

  runQuery(request: RunQueryRequest) {
    return this.reads.runQuery(request);
  }

  runAggregationQuery(request: RunAggregationRequest) {
    return this.reads.runAggregationQuery(request);
  }

  partitionQuery(request: PartitionQueryRequest) {
    return this.reads.partitionQuery(request);
  }

  /** Answers at once when documents are listed by name and as they are now; otherwise it is a query. */
  listDocuments(request: ListDocumentsRequest): DocumentPage | Promise<DocumentPage> {
    const mask = this.reads.readMask(request.mask);
    if (!request.orderBy && !request.readTime && !request.transaction?.length) {
      return listDocuments(this.store, request, mask);
    }
    return listByQuery(request, (query) => this.reads.runQuery(query));
  }

  listCollectionIds(request: ListCollectionIdsRequest) {
    return listCollectionIds(this.store, request);
  }

  async getDocument(request: GetDocumentRequest): Promise<AnsweredDocument> {
    const name = request.name ?? '';
    const { database } = parseDocumentName(name);
    const [response] = await this.batchGetDocuments({ ...request, database, documents: [name] });
    if (!response?.found) throw new FirestoreError('NOT_FOUND', `Document "${name}" not found.`);
    return response.found;
  }

  async createDocument(request: CreateDocumentRequest): Promise<AnsweredDocument> {
    if (request.document?.name) {
      throw invalid('document.name must not be set: parent, collectionId and documentId name it.');
    }
    const id = request.documentId || randomBytes(15).toString('base64url');
    if (id.includes('/')) throw invalid(`documentId "${id}" must not contain "/".`);
    const name = `${checkCollection(request.parent ?? '', request.collectionId ?? '')}/${id}`;
    const update = { ...request.document, name };
    return this.writeOne({ update, currentDocument: { exists: false } }, name, request.mask);
  }

  async updateDocument(request: UpdateDocumentRequest): Promise<AnsweredDocument> {
    const { document, updateMask, currentDocument, mask } = request;
    return this.writeOne({ update: document, updateMask, currentDocument }, document?.name ?? '', mask);
  }

  async deleteDocument(request: DeleteDocumentRequest): Promise<void> {
    const name = request.name ?? '';
    const { database } = parseDocumentName(name);
    await this.commit({ database, writes: [{ delete: name, currentDocument: request.currentDocument }] });
  }

  private async writeOne(
    write: WireWrite,
    name: string,
    mask: WireMask | null | undefined,
  ): Promise<AnsweredDocument> {
    const { database } = parseDocumentName(name);
    const { commitTime } = await this.commit({ database, writes: [write] });
    const document = this.store.findAt(name, toMicros(commitTime));
    if (!document) throw new FirestoreError('NOT_FOUND', `Document "${name}" not found.`);
    return masked(document, this.reads.readMask(mask));
  }

  /** Deletes all documents of a database. */
  async clear(database: string): Promise<void> {
    const parent = `${checkDatabase(database)}/documents`;
    const structuredQuery = { from: [{ allDescendants: true }], select: { fields: [] }, limit: 500 };
    const query = readQuery(parent, structuredQuery, this.store.catalog.parser);
    for (let found = this.search.run(query); found.length > 0; found = this.search.run(query)) {
      await this.commit({ database, writes: found.map(({ name }) => ({ delete: name })) });
    }
  }

  /**
   * Opens a Listen call; what it has to say goes to `send`, which returns false when the receiver takes no more until
   * `resume` of the stream is called.
   */
  listen(send: (response: ListenResponse) => boolean): ListenStream {
    return new ListenStream(this.hub, this.clock, send);
  }
}

/** What a door needs of a service. */
export type FirestoreCalls = Pick<FirestoreService, keyof FirestoreService>;
