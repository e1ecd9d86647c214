import { type Aggregation, aggregate, aggregatedPaths, readAggregations } from './aggregate.ts';
import type { StoredDocument } from './document.ts';
import { invalid } from './errors.ts';
import { type ExplainMetrics, executed, planSummary } from './explain.ts';
import { type FieldPath, project } from './field-path.ts';
import { checkDatabase } from './names.ts';
import { checkPartitioned, type PartitionPage, partition, readPartitionCount } from './partition.ts';
import { type Query, readQuery } from './query.ts';
import { findInPages } from './result-pages.ts';
import type { Search } from './search.ts';
import type { Store } from './store.ts';
import type { Transaction, Transactions } from './transactions.ts';
import { turnOf } from './turns.ts';
import { fromMicros, readTimestamp, type Timestamp, toMicros, type Value } from './values.ts';
import type {
  BatchGetRequest,
  ExplainOptions,
  PartitionQueryRequest,
  RunAggregationRequest,
  RunQueryRequest,
  WireConsistency,
  WireMask,
  WireTransactionOptions,
} from './wire.ts';
import { checkName } from './writes.ts';

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
  explainMetrics?: ExplainMetrics;
}

export interface RunAggregationResponse {
  result?: { aggregateFields: Record<string, Value> };
  transaction?: Buffer;
  readTime?: Timestamp;
  explainMetrics?: ExplainMetrics;
}

/** What one read sees. */
interface Reading {
  transaction: Transaction | undefined;
  /** The transaction began with this read, so the answer names it. */
  begun: boolean;
  /** As of when, in microseconds; undefined is now. */
  time: number | undefined;
}

/** The calls that read: at present, as of a time, or in a transaction. */
export class Reads {
  private readonly store: Store;
  private readonly search: Search;
  private readonly transactions: Transactions;

  constructor(store: Store, search: Search, transactions: Transactions) {
    this.store = store;
    this.search = search;
    this.transactions = transactions;
  }

  beginTransaction(options: WireTransactionOptions | null | undefined): Transaction {
    const readTime = options?.readOnly?.readTime;
    const { commitTime, history } = this.store;
    const now = this.store.now();
    if (!readTime) return this.transactions.begin(options, commitTime, now);
    const time = toMicros(readTimestamp(readTime, 'readOnly.readTime'));
    return this.transactions.begin(options, history.checkReadTime(time, now), now);
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
    return { transaction, begun, time: transaction?.readTime };
  }

  /** Reads at once, or when a read-write transaction has its turn at what it reads and then locks. */
  private whenTurn<T>(reading: Reading, keys: () => string[], read: () => T): T | Promise<T> {
    const { transaction, begun } = reading;
    if (!transaction) return read();
    const first = () => {
      try {
        this.transactions.check(transaction);
        return read();
      } catch (error) {
        // Nobody learns of a transaction whose first read fails.
        if (begun) this.transactions.end(transaction);
        throw error;
      }
    };
    if (transaction.readTime !== undefined) return first();
    return this.transactions.takeTurns(transaction, keys()).then(first);
  }

  /** The transaction whose reads take locks. */
  private locking({ transaction }: Reading): Transaction | undefined {
    return transaction?.readTime === undefined ? transaction : undefined;
  }

  private readTime({ time }: Reading): Timestamp {
    return fromMicros(time ?? this.store.now());
  }

  readMask(mask: WireMask | null | undefined): FieldPath[] | undefined {
    return mask ? (mask.fieldPaths ?? []).map((path) => this.store.catalog.parser.parse(path)) : undefined;
  }

  private readQuery(request: RunQueryRequest): Query {
    if (!request.structuredQuery) throw invalid('structuredQuery is missing.');
    return readQuery(request.parent, request.structuredQuery, this.store.catalog.parser);
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
    const locking = this.locking(reading);
    for (const name of names) {
      // A name that is in the cache was checked when it was stored.
      const document = this.store.findAt(name, time) ?? this.store.findAt(checkName(name, database), time);
      if (locking) this.transactions.locks.lockDocument(name, locking);
      responses.push(document ? { found: masked(document, mask), readTime } : { missing: name, readTime });
    }
    const first = responses[0];
    if (begun && transaction) {
      if (first) first.transaction = transaction.token;
      else responses.push({ transaction: transaction.token, readTime });
    }
    return responses;
  }

  /** A long answer is found as it is taken; it shows one moment all the same. */
  runQuery(request: RunQueryRequest): Iterable<RunQueryResponse> | Promise<Iterable<RunQueryResponse>> {
    const query = this.readQuery(request);
    const reading = this.consistency(request);
    return this.whenTurn(
      reading,
      () => [turnOf(query)],
      () => this.explained(query, request.explainOptions, () => this.find(query, reading)),
    );
  }

  private find(query: Query, reading: Reading): Iterable<RunQueryResponse> {
    const { transaction, begun, time } = reading;
    const readTime = this.readTime(reading);
    const select = query.select?.filter(({ text }) => text !== '__name__');
    const answer = (document: StoredDocument) => ({ document: masked(document, select), readTime });
    const responses: RunQueryResponse[] = begun && transaction ? [{ transaction: transaction.token }] : [];
    const locking = this.locking(reading);
    if (!locking) {
      const documents = findInPages(this.store, this.search, query, time);
      if (!Array.isArray(documents)) return chain(responses, documents, answer);
      for (const document of documents) responses.push(answer(document));
    } else {
      const documents = this.search.run(query, time);
      this.transactions.locks.lockQuery(query, locking, documents);
      for (const document of documents) responses.push(answer(document));
    }
    if (!responses.some(({ document }) => document)) responses.push({ readTime });
    return responses;
  }

  runAggregationQuery(
    request: RunAggregationRequest,
  ): Iterable<RunAggregationResponse> | Promise<Iterable<RunAggregationResponse>> {
    const input = request.structuredAggregationQuery;
    const query = this.readQuery({ ...request, structuredQuery: input?.structuredQuery });
    const aggregations = readAggregations(input?.aggregations, this.store.catalog.parser);
    const reading = this.consistency(request);
    return this.whenTurn(
      reading,
      () => [turnOf(query)],
      () =>
        this.explained<RunAggregationResponse>(query, request.explainOptions, () => [
          this.aggregated(query, aggregations, reading),
        ]),
    );
  }

  private aggregated(query: Query, aggregations: Aggregation[], reading: Reading): RunAggregationResponse {
    const { transaction, begun, time } = reading;
    const locking = this.locking(reading);
    if (locking) this.transactions.locks.lockQuery(query, locking);
    return {
      result: { aggregateFields: this.aggregate(query, aggregations, time) },
      readTime: this.readTime(reading),
      ...(begun && transaction && { transaction: transaction.token }),
    };
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

  /** Adds the plan and, when the query is to be run, the statistics to what it answers. */
  private explained<Response extends RunQueryResponse | RunAggregationResponse>(
    query: Query,
    options: ExplainOptions | null | undefined,
    run: () => Iterable<Response>,
  ): Iterable<Response | { explainMetrics: ExplainMetrics }> {
    if (!options) return run();
    const summary = planSummary(query, this.search.plans(query));
    if (!options.analyze) return [{ explainMetrics: summary }];
    const start = performance.now();
    const loads = this.store.loads;
    const responses = [...run()];
    const results = responses.filter((response) => 'document' in response || 'result' in response).length;
    const scanned = this.store.loads - loads;
    // Production sends the metrics with the last answer, not after it.
    const last = responses.pop();
    const explainMetrics = executed(summary, results, performance.now() - start, scanned);
    return [...responses, { ...last, explainMetrics }];
  }

  partitionQuery(request: PartitionQueryRequest): PartitionPage {
    const query = this.readQuery(request);
    checkPartitioned(query, request.structuredQuery ?? {});
    const count = readPartitionCount(request);
    const { time } = this.consistency(request);
    return partition(this.search.withFields(query, [], time), count, request);
  }
}

function* chain<Item, Answer>(
  head: readonly Answer[],
  items: Iterable<Item>,
  answer: (item: Item) => Answer,
): Generator<Answer> {
  yield* head;
  for (const item of items) yield answer(item);
}

export function masked(document: StoredDocument, mask: FieldPath[] | undefined): AnsweredDocument {
  if (!mask) return document;
  const { name, createTime, updateTime } = document;
  return { name, createTime, updateTime, fields: project(document.fields, mask) };
}
