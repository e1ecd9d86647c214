import { type Aggregation, aggregate, aggregatedPaths, readAggregations } from './aggregate.ts';
import type { CommitResponse, Committer } from './committer.ts';
import type { StoredDocument } from './document.ts';
import { Code, FirestoreError, invalid } from './errors.ts';
import { type FieldPath, project } from './field-path.ts';
import { type ListenHub, type ListenResponse, ListenStream } from './listen.ts';
import { listCollectionIds, listDocuments, partition } from './listing.ts';
import { checkDatabase } from './names.ts';
import { type Query, readQuery } from './query.ts';
import type { Search } from './search.ts';
import type { Store } from './store.ts';
import type { Transaction, Transactions } from './transactions.ts';
import { fromMicros, type Timestamp, type Value } from './values.ts';
import type {
  BatchGetRequest,
  CommitRequest,
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  PartitionQueryRequest,
  RunAggregationRequest,
  RunQueryRequest,
  WireConsistency,
  WireMask,
  WireTransactionOptions,
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
    const transaction = request.transaction?.length ? this.transactions.get(request.transaction) : undefined;
    if (!transaction) return this.committer.commit(writes);
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
    return this.transactions.begin(options, this.store.commitTime);
  }

  rollback(request: { transaction?: Uint8Array | null }): void {
    this.transactions.end(this.transactions.get(request.transaction ?? new Uint8Array()));
  }

  /** The transaction that a read belongs to, begun when the request asks for a new one. */
  private consistency(request: WireConsistency): { transaction: Transaction | undefined; begun: boolean } {
    if (request.newTransaction) {
      return { transaction: this.beginTransaction(request.newTransaction), begun: true };
    }
    const transaction = request.transaction?.length ? this.transactions.get(request.transaction) : undefined;
    return { transaction, begun: false };
  }

  batchGetDocuments(request: BatchGetRequest): BatchGetResponse[] {
    const database = checkDatabase(request.database);
    const mask = this.readMask(request.mask);
    const { transaction, begun } = this.consistency(request);
    const readTime = fromMicros(this.store.now());
    const responses: BatchGetResponse[] = [];
    for (const name of new Set(request.documents ?? [])) {
      // A name that is in the cache was checked when it was stored.
      const document = this.store.find(name) ?? this.store.find(checkName(name, database));
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

  runQuery(request: RunQueryRequest): RunQueryResponse[] {
    const query = this.readQuery(request);
    const { transaction, begun } = this.consistency(request);
    const documents = this.search.run(query);
    transaction?.queries.push(query);
    const readTime = fromMicros(this.store.now());
    const responses: RunQueryResponse[] = [];
    if (begun && transaction) responses.push({ transaction: transaction.token });
    if (documents.length === 0) responses.push({ readTime });
    const select = query.select?.filter(({ text }) => text !== '__name__');
    for (const document of documents) responses.push({ document: masked(document, select), readTime });
    return responses;
  }

  runAggregationQuery(request: RunAggregationRequest): RunAggregationResponse[] {
    const input = request.structuredAggregationQuery;
    const query = this.readQuery({ ...request, structuredQuery: input?.structuredQuery });
    const aggregations = readAggregations(input?.aggregations, this.store.catalog.parser);
    const { transaction, begun } = this.consistency(request);
    transaction?.queries.push(query);
    const aggregateFields = this.aggregate(query, aggregations);
    const response: RunAggregationResponse = {
      result: { aggregateFields },
      readTime: fromMicros(this.store.now()),
    };
    if (begun && transaction) response.transaction = transaction.token;
    return [response];
  }

  private aggregate(query: Query, aggregations: Aggregation[]): Record<string, Value> {
    const paths = aggregatedPaths(aggregations);
    const onlyCount = paths.length === 0 ? this.search.count(query) : undefined;
    if (onlyCount === undefined) return aggregate(aggregations, this.search.withFields(query, paths));
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
    return partition(this.search.run(query), count);
  }

  listDocuments(request: ListDocumentsRequest) {
    return listDocuments(this.store, request, this.readMask(request.mask));
  }

  listCollectionIds(request: ListCollectionIdsRequest) {
    return listCollectionIds(this.store, request);
  }

  /** Opens a Listen call; what it has to say goes to `send`. */
  listen(send: (response: ListenResponse) => void): ListenStream {
    return new ListenStream(this.hub, send);
  }
}

export function masked(document: StoredDocument, mask: FieldPath[] | undefined): AnsweredDocument {
  if (!mask) return document;
  const { name, createTime, updateTime } = document;
  return { name, createTime, updateTime, fields: project(document.fields, mask) };
}
