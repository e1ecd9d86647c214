import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { FirestoreError, StorageError } from '../errors.ts';
import type { RunQueryResponse } from '../query/reads.ts';
import type { FirestoreCalls } from '../service.ts';
import { failureOf } from '../storage/storage-errors.ts';
import { withoutFirstWait } from './attach-transactions.ts';
import { clientDocument } from './client-view.ts';
import type {
  BatchGetRequest,
  CommitRequest,
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  ListenRequest,
  PartitionQueryRequest,
  RunAggregationRequest,
  RunQueryRequest,
} from './wire.ts';

/** How many responses of a long answer are found at a time. */
const LONG_STEP = 300;

/** A paused stream of finished responses. Clients end the streams they read, which a readable one need not mind. */
class Answers extends Readable {
  constructor(responses: readonly object[]) {
    super({ objectMode: true, highWaterMark: responses.length + 1 });
    for (const response of responses) this.push(response);
    this.push(null);
  }

  override _read(): void {}

  end(): this {
    return this;
  }
}

/** Responses that are found as they are read, with turns of the event loop in between. */
class LongAnswers extends Readable {
  private readonly responses: Iterator<object>;

  constructor(responses: Iterable<object>) {
    super({ objectMode: true, highWaterMark: LONG_STEP });
    this.responses = responses[Symbol.iterator]();
  }

  override _read(): void {
    setImmediate(() => {
      try {
        for (let i = 0; i < LONG_STEP; i++) {
          const next = this.responses.next();
          this.push(next.done ? null : next.value);
          if (next.done) return;
        }
      } catch (error) {
        this.destroy(failureOf(error));
      }
    });
  }

  end(): this {
    return this;
  }
}

/** Finished responses for a reader that does no more than iterate over them. */
class Finished extends Array<object> {
  resume(): this {
    return this;
  }
}

function listening(service: FirestoreCalls, request: ListenRequest): PassThrough {
  const stream = new PassThrough({ objectMode: true });
  const listener = service.listen((response) => {
    if (!stream.writable) return true;
    if (!('documentChange' in response)) return stream.write(response);
    const { document, ...change } = response.documentChange;
    return stream.write({ documentChange: { ...change, document: clientDocument(document) } });
  });
  stream.on('drain', () => listener.resume());
  stream.on('finish', () => listener.close());
  stream.on('close', () => listener.close());
  listener.handle(request);
  return stream;
}

async function found(service: FirestoreCalls, request: BatchGetRequest): Promise<object[]> {
  const responses = await service.batchGetDocuments(request);
  return responses.map((response) =>
    response.found ? { ...response, found: clientDocument(response.found) } : response,
  );
}

function asClientResult(response: RunQueryResponse): object {
  return response.document ? { ...response, document: clientDocument(response.document) } : response;
}

async function results(service: FirestoreCalls, request: RunQueryRequest): Promise<Readable> {
  const responses = await service.runQuery(request);
  if (Array.isArray(responses)) return new Answers(responses.map(asClientResult));
  return new LongAnswers(
    (function* () {
      for (const response of responses) yield asClientResult(response);
    })(),
  );
}

/** The items of all pages of a list, as the client's transport collects them. */
async function allPages<Page extends { nextPageToken: string }, Item>(
  page: (pageToken: string) => Page | Promise<Page>,
  items: (page: Page) => Item[],
): Promise<Item[]> {
  const all: Item[] = [];
  let token = '';
  do {
    const next = await page(token);
    all.push(...items(next));
    token = next.nextPageToken;
  } while (token !== '');
  return all;
}

function unimplemented(method: string): FirestoreError {
  return new FirestoreError('UNIMPLEMENTED', `${method} is not supported by this database.`);
}

/** Any copy of the client will do, not only the one that is installed here. */
function isClient(firestore: object): boolean {
  return ['request', 'requestStream'].every((name) => typeof Reflect.get(firestore, name) === 'function');
}

/**
 * Makes a client answer from the engine in this process. All data calls of `@google-cloud/firestore` pass two
 * functions of the client, `request` and `requestStream`; these are replaced, everything else is the real client.
 */
export function attachClient(service: FirestoreCalls, firestore: Firestore): Firestore {
  if (!isClient(firestore)) throw new StorageError('attach needs a Firestore client.');

  const dispatch = (method: string, request: unknown): unknown => {
    switch (method) {
      case 'commit':
        return service.commit(request as CommitRequest);
      case 'batchWrite':
        return service.batchWrite(request as CommitRequest);
      case 'rollback':
        return service.rollback(request as { transaction?: Uint8Array });
      case 'listDocuments':
        return allPages(
          (pageToken) => service.listDocuments({ ...(request as ListDocumentsRequest), pageToken }),
          ({ documents }) => documents,
        );
      case 'listCollectionIds':
        return allPages(
          (pageToken) => service.listCollectionIds({ ...(request as ListCollectionIdsRequest), pageToken }),
          ({ collectionIds }) => collectionIds,
        );
      default:
        throw unimplemented(method);
    }
  };

  const dispatchStream = async (method: string, request: unknown): Promise<Readable | Finished> => {
    switch (method) {
      case 'batchGetDocuments':
        return Finished.from(await found(service, request as BatchGetRequest)) as Finished;
      case 'runQuery':
        return results(service, request as RunQueryRequest);
      case 'runAggregationQuery':
        return new Answers([...(await service.runAggregationQuery(request as RunAggregationRequest))]);
      case 'partitionQueryStream':
        return new Answers(
          await allPages(
            (pageToken) => service.partitionQuery({ ...(request as PartitionQueryRequest), pageToken }),
            ({ partitions }) => partitions,
          ),
        );
      case 'listen':
        return listening(service, request as ListenRequest);
      default:
        throw unimplemented(method);
    }
  };

  const terminate = firestore.terminate.bind(firestore);
  let terminated = false;
  const assertOpen = () => {
    if (terminated) throw new Error('The client has already been terminated');
  };

  return Object.assign(firestore, {
    runTransaction: withoutFirstWait(firestore),
    terminate: async (): Promise<void> => {
      await terminate();
      // What was called before still gets its answer.
      await turn();
      terminated = true;
    },
    request: async (method: string, request: unknown): Promise<unknown> => {
      assertOpen();
      try {
        return await dispatch(method, request);
      } catch (error) {
        throw failureOf(error);
      }
    },
    requestStream: async (
      method: string,
      _bidirectional: boolean,
      request: unknown,
    ): Promise<Readable | Finished> => {
      assertOpen();
      try {
        return await dispatchStream(method, request);
      } catch (error) {
        throw failureOf(error);
      }
    },
  });
}
