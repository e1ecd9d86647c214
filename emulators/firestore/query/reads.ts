import type {
  BatchGetRequest,
  ExplainOptions,
  PartitionQueryRequest,
  RunAggregationRequest,
  RunQueryRequest,
  WireMask,
} from '../door/wire.ts';
import { invalid } from '../errors.ts';
import type { Reading, Readings } from '../storage/readings.ts';
import type { Store } from '../storage/store.ts';
import { turnOf } from '../transactions/turns.ts';
import { checkName } from '../transactions/writes.ts';
import type { StoredDocument } from '../values/document.ts';
import { type FieldPath, project } from '../values/field-path.ts';
import { checkDatabase } from '../values/names.ts';
import type { Timestamp, Value } from '../values/values.ts';
import { type Aggregation, aggregate, aggregatedPaths, readAggregations } from './aggregate.ts';
import { type ExplainMetrics, executed, planSummary } from './explain.ts';
import { checkPartitioned, type PartitionPage, partition, readPartitionCount } from './partition.ts';
import { type Query, readQuery } from './query.ts';
import { findInPages } from './result-pages.ts';
import type { Search } from './search.ts';

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

/** The calls that read: at present, as of a time, or in a transaction. */
export class Reads {
  private readonly store: Store;
  private readonly search: Search;
  private readonly readings: Readings;

  constructor(store: Store, search: Search, readings: Readings) {
    this.store = store;
    this.search = search;
    this.readings = readings;
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
    const reading = this.readings.of(request);
    return this.readings.whenTurn(
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
    const readTime = this.readings.timeOf(reading);
    const responses: BatchGetResponse[] = [];
    for (const name of names) {
      // A name that is in the cache was checked when it was stored.
      const document = this.store.findAt(name, time) ?? this.store.findAt(checkName(name, database), time);
      this.readings.lockDocument(reading, name);
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
    const reading = this.readings.of(request);
    return this.readings.whenTurn(
      reading,
      () => [turnOf(query)],
      () => this.explained(query, request.explainOptions, () => this.find(query, reading)),
    );
  }

  private find(query: Query, reading: Reading): Iterable<RunQueryResponse> {
    const { transaction, begun, time } = reading;
    const readTime = this.readings.timeOf(reading);
    const select = query.select?.filter(({ text }) => text !== '__name__');
    const answer = (document: StoredDocument) => ({ document: masked(document, select), readTime });
    const responses: RunQueryResponse[] = begun && transaction ? [{ transaction: transaction.token }] : [];
    if (!this.readings.locks(reading)) {
      const documents = findInPages(this.store, this.search, query, time);
      if (!Array.isArray(documents)) return chain(responses, documents, answer);
      for (const document of documents) responses.push(answer(document));
    } else {
      const documents = this.search.run(query, time);
      this.readings.lockQuery(reading, query, documents);
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
    const reading = this.readings.of(request);
    return this.readings.whenTurn(
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
    this.readings.lockQuery(reading, query);
    return {
      result: { aggregateFields: this.aggregate(query, aggregations, time) },
      readTime: this.readings.timeOf(reading),
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
    const { time } = this.readings.of(request);
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
