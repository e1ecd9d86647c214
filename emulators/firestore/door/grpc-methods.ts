import { randomBytes } from 'node:crypto';
import { invalid } from '../errors.ts';
import type { FirestoreCalls } from '../service.ts';
import type { CommitResponse } from '../storage/committer.ts';
import { checkDatabase } from '../values/names.ts';
import type { GrpcCall } from './grpc-call.ts';
import type {
  BatchGetRequest,
  BeginTransactionRequest,
  CommitRequest,
  CreateDocumentRequest,
  DeleteDocumentRequest,
  GetDocumentRequest,
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  ListenRequest,
  PartitionQueryRequest,
  RunAggregationRequest,
  RunQueryRequest,
  UpdateDocumentRequest,
  WireWrite,
} from './wire.ts';

/** Answers one call. */
export type Handler = (call: GrpcCall) => void;

/** Calls whose responses name the values of enums. */
export const NAMED: ReadonlySet<string> = new Set(['Listen']);

function unary<Request>(answer: (request: Request) => object | Promise<object>): Handler {
  return (call) =>
    call.listen(async (request) => {
      try {
        call.end(await answer(request as Request));
      } catch (error) {
        call.fail(error, false);
      }
    });
}

function streaming<Request>(
  answer: (request: Request) => Iterable<object> | Promise<Iterable<object>>,
): Handler {
  return (call) =>
    call.listen(async (request) => {
      try {
        const responses = answer(request as Request);
        await call.sendAll(responses instanceof Promise ? await responses : responses);
      } catch (error) {
        call.fail(error);
      }
    });
}

function listen(service: FirestoreCalls): Handler {
  return (call) => {
    const stream = service.listen((response) => call.send(response));
    call.onDrain(() => stream.resume());
    call.listen(
      (request) => stream.handle(request as ListenRequest),
      () => call.end(),
      () => stream.close(),
    );
  };
}

interface WriteRequest {
  database?: string;
  streamId?: string;
  writes?: WireWrite[];
  streamToken?: Uint8Array;
}

/** The Write call: a first request opens the stream, each further one commits, in order. */
function write(service: FirestoreCalls): Handler {
  return (call) => {
    let database = '';
    let failed = false;
    let position = 0n;
    let queue: Promise<void> = Promise.resolve();
    const streamId = randomBytes(8).toString('hex');
    const answer = (response: Partial<CommitResponse>) => {
      const streamToken = Buffer.alloc(8);
      streamToken.writeBigUInt64BE(++position);
      call.send({ streamId, streamToken, ...response });
    };
    const take = async (request: WriteRequest) => {
      if (failed) return;
      try {
        if (database !== '') return answer(await service.commit({ database, writes: request.writes ?? [] }));
        database = checkDatabase(request.database);
        if (request.writes?.length) throw invalid('writes must be empty in the first request of a stream.');
        answer({});
      } catch (error) {
        failed = true;
        call.fail(error);
      }
    };
    call.listen(
      (request) => {
        queue = queue.then(() => take(request));
      },
      () => void queue.then(() => call.end()),
    );
  };
}

/** The calls of `google.firestore.v1.Firestore` on a service. */
export function grpcMethods(service: FirestoreCalls): Record<string, Handler> {
  return {
    GetDocument: unary((request: GetDocumentRequest) => service.getDocument(request)),
    ListDocuments: unary((request: ListDocumentsRequest) => service.listDocuments(request)),
    CreateDocument: unary((request: CreateDocumentRequest) => service.createDocument(request)),
    UpdateDocument: unary((request: UpdateDocumentRequest) => service.updateDocument(request)),
    DeleteDocument: unary(async (request: DeleteDocumentRequest) => {
      await service.deleteDocument(request);
      return {};
    }),
    BatchGetDocuments: streaming((request: BatchGetRequest) => service.batchGetDocuments(request)),
    BeginTransaction: unary((request: BeginTransactionRequest) => ({
      transaction: service.beginTransaction(request).token,
    })),
    Commit: unary((request: CommitRequest) => service.commit(request)),
    Rollback: unary((request: { transaction?: Uint8Array }) => {
      service.rollback(request);
      return {};
    }),
    RunQuery: streaming((request: RunQueryRequest) => service.runQuery(request)),
    RunAggregationQuery: streaming((request: RunAggregationRequest) => service.runAggregationQuery(request)),
    PartitionQuery: unary((request: PartitionQueryRequest) => service.partitionQuery(request)),
    Write: write(service),
    Listen: listen(service),
    ListCollectionIds: unary((request: ListCollectionIdsRequest) => service.listCollectionIds(request)),
    BatchWrite: unary((request: CommitRequest) => service.batchWrite(request)),
  };
}
