import { randomBytes } from 'node:crypto';
import { type Aggregation, aggregate, aggregatedPaths, readAggregations } from './aggregate.ts';
import type { CommitResponse, Committer } from './committer.ts';
import type { StoredDocument } from './document.ts';
import { Code, FirestoreError, invalid } from './errors.ts';
import { type FieldPath, project } from './field-path.ts';
import { checkRequest } from './limits.ts';
import { type ListenHub, type ListenResponse, ListenStream } from './listen.ts';
import { listCollectionIds, listDocuments, partition } from './listing.ts';
import { checkDatabase, parseDocumentName } from './names.ts';
import { type Query, readQuery } from './query.ts';
import type { Search } from './search.ts';
import type { Store } from './store.ts';
import type { Transaction, Transactions } from './transactions.ts';
import { fromMicros, readTimestamp, type Timestamp, toMicros, type Value } from './values.ts';
import type {
  BatchGetRequest,
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
  WireConsistency,
  WireMask,
  WireTransactionOptions,
  WireWrite,
} from './wire.ts';
import { checkName, readWrite } from './writes.ts';

/** A document as answered: stored, or reduced by a mask. */
export type AnsweredDocument = Pick<StoredDocument, 'name' | 'fields' | 'createTime' | 'updateTime'>;

export interface BatchGetResponse {
  found?: AnsweredDocument;
  missing?: string;
  transaction?: Buffer;
  readTime?: Timestamp;
}

export interface RunQueryResponse {
  document?: AnsweredDocument;
  transaction?: Buffer;
  readTime?: Timestamp;
  skippedResults?: number;
}

export interface RunAggregationResponse {
  result?: { aggregateFields: Record<string, Value> };
  transaction?: Buffer;
  readTime?: Timestamp;
}

export interface BatchWriteResponse {
  writeResults: { updateTime: Timestamp | null }[];
  status: { code: number; message: string }[];
}

/** What one read sees. */
interface Reading {
  transaction: Transaction | undefined;
  /** The transaction began with this read, so the answer names it. */
  begun: boolean;
  /** As of when, in microseconds; undefined is now. */
  time: number | undefined;
}

const MAX_WRITES = 100_000;

/** The calls of `google.firestore.v1.Firestore`, for every door alike. */
export class FirestoreService {
  private readonly store: Store;
  private readonly search: Search;
  private readonly committer: Committer;
  private readonly transactions: Transactions;
  private readonly hub: ListenHub;

  constructor(
    store: Store,
    search: Search,
    committer: Committer,
    transactions: Transactions,
    hub: ListenHub,
  ) {
    this.store = store;
    this.search = search;
    this.committer = committer;
    this.transactions = transactions;
    this.hub = hub;
  }

  async commit(request: CommitRequest): Promise<CommitResponse> {
    const database = checkDatabase(request.database);
    const inputs = request.writes ?? [];
    if (inputs.length > MAX_WRITES) throw invalid(`writes: at most ${MAX_WRITES} writes a commit.`);
    const writes = inputs.map((write) => readWrite(write, database, this.store.catalog.parser));
    checkRequest(writes);
    const transaction = request.transaction?.length ? this.transactions.get(request.transaction) : undefined;
    if (!transaction) {
      const { turns } = this.transactions;
      if (turns.busy) await turns.pass(writes.map(({ name }) => name));
      return this.committer.commit(writes);
    }
    if (transaction.readOnly && writes.length > 0) {
      this.transactions.end(transaction);
      throw invalid('Cannot modify entities in a read-only transaction.');
    }
    try {
      return await this.committer.commit(writes, () => this.transactions.verify(transaction));
    } finally {
      this.transactions.end(transaction);
    }
  }

  /** Applies each write on its own; one that fails does not stop the others. */
  async batchWrite(request: CommitRequest): Promise<BatchWriteResponse> {
    const database = checkDatabase(request.database);
    const outcomes = await Promise.all(
      (request.writes ?? []).map(async (input) => {
        try {
          const write = readWrite(input, database, this.store.catalog.parser);
          const { writeResults } = await this.committer.commit([write]);
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

  beginTransaction(options: WireTransactionOptions | null | undefined): Transaction {
    const readTime = options?.readOnly?.readTime;
    const { commitTime, history } = this.store;
    if (!readTime) return this.transactions.begin(options, commitTime);
    const time = toMicros(readTimestamp(readTime, 'readOnly.readTime'));
    return this.transactions.begin(options, history.checkReadTime(time, this.store.now()));
  }

  rollback(request: { transaction?: Uint8Array | null }): void {
    this.transactions.end(this.transactions.get(request.transaction ?? new Uint8Array()));
  }

  /** Works out what a read sees: the present, or the documents as of a time. */
  private consistency(request: WireConsistency): Reading {
    const now = this.store.now();
    if (request.readTime) {
      const time = toMicros(readTimestamp(request.readTime, 'readTime'));
      return { transaction: undefined, begun: false, time: this.store.history.checkReadTime(time, now) };
    }
    const begun = request.newTransaction !== null && request.newTransaction !== undefined;
    const transaction = begun
      ? this.beginTransaction(request.newTransaction)
      : request.transaction?.length
        ? this.transactions.get(request.transaction)
        : undefined;
    return { transaction, begun, time: transaction?.readOnly ? transaction.began : undefined };
  }

  /** Reads at once, or when a read-write transaction has its turn at what it reads. */
  private whenTurn<T>(reading: Reading, names: () => string[], read: () => T): T | Promise<T> {
    const { transaction } = reading;
    if (!transaction || transaction.readOnly) return read();
    return this.transactions.takeTurns(transaction, names(), () => this.store.commitTime).then(read);
  }

  private readTime({ time }: Reading): Timestamp {
    return fromMicros(time ?? this.store.now());
  }

  batchGetDocuments(request: BatchGetRequest): BatchGetResponse[] | Promise<BatchGetResponse[]> {
    const database = checkDatabase(request.database);
    const mask = this.readMask(request.mask);
    const names = [...new Set(request.documents ?? [])];
    const reading = this.consistency(request);
    return this.whenTurn(
      reading,
      () => names,
      () => this.getAll(names, database, mask, reading),
    );
  }

  private getAll(
    names: readonly string[],
    database: string,
    mask: FieldPath[] | undefined,
    reading: Reading,
  ): BatchGetResponse[] {
    const { transaction, begun, time } = reading;
    const readTime = this.readTime(reading);
    const responses: BatchGetResponse[] = [];
    for (const name of names) {
      // A name that is in the cache was checked when it was stored.
      const document = this.store.findAt(name, time) ?? this.store.findAt(checkName(name, database), time);
      transaction?.names.add(name);
      responses.push(document ? { found: masked(document, mask), readTime } : { missing: name, readTime });
    }
    const first = responses[0];
    if (begun && transaction) {
      if (first) first.transaction = transaction.token;
      else responses.push({ transaction: transaction.token, readTime });
    }
    return responses;
  }

  private readMask(mask: WireMask | null | undefined): FieldPath[] | undefined {
    return mask ? (mask.fieldPaths ?? []).map((path) => this.store.catalog.parser.parse(path)) : undefined;
  }

  private readQuery(request: RunQueryRequest): Query {
    if (!request.structuredQuery) throw invalid('structuredQuery is missing.');
    return readQuery(request.parent, request.structuredQuery, this.store.catalog.parser);
  }

  runQuery(request: RunQueryRequest): RunQueryResponse[] | Promise<RunQueryResponse[]> {
    const query = this.readQuery(request);
    const reading = this.consistency(request);
    return this.whenTurn(
      reading,
      () => [turnOf(query)],
      () => this.find(query, reading),
    );
  }

  private find(query: Query, reading: Reading): RunQueryResponse[] {
    const { transaction, begun, time } = reading;
    const documents = this.search.run(query, time);
    transaction?.queries.push(query);
    const readTime = this.readTime(reading);
    const responses: RunQueryResponse[] = [];
    if (begun && transaction) responses.push({ transaction: transaction.token });
    if (documents.length === 0) responses.push({ readTime });
    const select = query.select?.filter(({ text }) => text !== '__name__');
    for (const document of documents) responses.push({ document: masked(document, select), readTime });
    return responses;
  }

  runAggregationQuery(
    request: RunAggregationRequest,
  ): RunAggregationResponse[] | Promise<RunAggregationResponse[]> {
    const input = request.structuredAggregationQuery;
    const query = this.readQuery({ ...request, structuredQuery: input?.structuredQuery });
    const aggregations = readAggregations(input?.aggregations, this.store.catalog.parser);
    const reading = this.consistency(request);
    return this.whenTurn(
      reading,
      () => [turnOf(query)],
      () => {
        const { transaction, begun, time } = reading;
        transaction?.queries.push(query);
        const aggregateFields = this.aggregate(query, aggregations, time);
        const response: RunAggregationResponse = {
          result: { aggregateFields },
          readTime: this.readTime(reading),
        };
        if (begun && transaction) response.transaction = transaction.token;
        return [response];
      },
    );
  }

  private aggregate(
    query: Query,
    aggregations: Aggregation[],
    time: number | undefined,
  ): Record<string, Value> {
    const paths = aggregatedPaths(aggregations);
    const onlyCount = paths.length === 0 && time === undefined ? this.search.count(query) : undefined;
    if (onlyCount === undefined) return aggregate(aggregations, this.search.withFields(query, paths, time));
    const fields: Record<string, Value> = {};
    for (const aggregation of aggregations) {
      const upTo = aggregation.kind === 'count' ? aggregation.upTo : undefined;
      const count = Math.min(onlyCount, upTo ?? onlyCount);
      fields[aggregation.alias] = { valueType: 'integerValue', integerValue: count };
    }
    return fields;
  }

  partitionQuery(request: PartitionQueryRequest): { values: Value[] }[] {
    const query = this.readQuery(request);
    const count = Number(String(request.partitionCount ?? 0));
    if (!(count > 0)) throw invalid('partitionCount must be greater than zero.');
    return partition(this.search.run(query, this.consistency(request).time), count);
  }

  listDocuments(request: ListDocumentsRequest) {
    return listDocuments(this.store, request, this.readMask(request.mask));
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
    const id = request.documentId || randomBytes(15).toString('base64url');
    const name = `${request.parent ?? ''}/${request.collectionId ?? ''}/${id}`;
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
    return masked(document, this.readMask(mask));
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

  /** Opens a Listen call; what it has to say goes to `send`. */
  listen(send: (response: ListenResponse) => void): ListenStream {
    return new ListenStream(this.hub, send);
  }
}

/** What a transaction takes its turn at before it runs a query: others that run the same one wait. */
function turnOf({ parent, collectionId, where }: Query): string {
  return `query ${parent}/${collectionId} ${JSON.stringify(where ?? null)}`;
}

export function masked(document: StoredDocument, mask: FieldPath[] | undefined): AnsweredDocument {
  if (!mask) return document;
  const { name, createTime, updateTime } = document;
  return { name, createTime, updateTime, fields: project(document.fields, mask) };
}
