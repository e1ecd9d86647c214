import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type {
  handleBidiStreamingCall,
  handleUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { Metadata } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import type { CommitResponse } from './committer.ts';
import { FirestoreError, StorageError } from './errors.ts';
import type { FirestoreCalls } from './service.ts';
import type {
  BatchGetRequest,
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
  WireTransactionOptions,
  WireWrite,
} from './wire.ts';

/** The official service description, from the client library. */
export function loadServiceDefinition(): ServiceDefinition {
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve('@google-cloud/firestore/package.json'));
  const json = JSON.parse(readFileSync(join(root, 'build', 'protos', 'v1.json'), 'utf8'));
  const packages = fromJSON(json, { longs: String, enums: String, bytes: Buffer });
  const definition = packages['google.firestore.v1.Firestore'];
  if (!definition || 'format' in definition) {
    throw new StorageError('The installed @google-cloud/firestore has no description of its service.');
  }
  return definition as ServiceDefinition;
}

interface Status {
  code: number;
  details: string;
}

function statusOf(error: unknown): Status {
  if (error instanceof FirestoreError) return { code: error.code, details: error.details };
  return new FirestoreError('INTERNAL', error instanceof Error ? error.message : String(error));
}

function unary<Request, Response>(
  call: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async ({ request }, callback) => {
    try {
      callback(null, await call(request));
    } catch (error) {
      callback(statusOf(error));
    }
  };
}

/** Sends responses no faster than the connection takes them. */
async function sendAll<Response>(
  call: ServerWritableStream<unknown, Response>,
  responses: Iterable<Response>,
): Promise<void> {
  for (const response of responses) {
    if (call.cancelled) return;
    if (!call.write(response)) {
      await new Promise<void>((resolve) => {
        call.once('drain', resolve);
        call.once('cancelled', () => resolve());
      });
    }
  }
}

function streaming<Request, Response>(
  answer: (request: Request) => Iterable<Response> | Promise<Iterable<Response>>,
) {
  return async (call: ServerWritableStream<Request, Response>): Promise<void> => {
    try {
      await sendAll(call, await answer(call.request));
      call.end();
    } catch (error) {
      // Google's clients take an error without initial metadata for a lost connection and try again.
      call.sendMetadata(new Metadata());
      call.emit('error', statusOf(error));
    }
  };
}

function listen(service: FirestoreCalls): handleBidiStreamingCall<ListenRequest, unknown> {
  return (call) => {
    const stream = service.listen((response) => {
      call.write(response);
    });
    call.on('data', (request: ListenRequest) => {
      try {
        stream.handle(request);
      } catch (error) {
        stream.close();
        call.emit('error', statusOf(error));
      }
    });
    call.on('end', () => {
      stream.close();
      call.end();
    });
    call.on('cancelled', () => stream.close());
    call.on('error', () => stream.close());
  };
}

interface WriteRequest {
  database?: string;
  streamId?: string;
  writes?: WireWrite[];
  streamToken?: Uint8Array;
}

/** The Write call: a first request opens the stream, each further one commits, in order. */
function write(service: FirestoreCalls): handleBidiStreamingCall<WriteRequest, unknown> {
  return (call) => {
    let database = '';
    let position = 0n;
    let queue: Promise<void> = Promise.resolve();
    const streamId = randomBytes(8).toString('hex');
    const answer = (response: Partial<CommitResponse>) => {
      const streamToken = Buffer.alloc(8);
      streamToken.writeBigUInt64BE(++position);
      call.write({ streamId, streamToken, ...response });
    };
    call.on('data', (request: WriteRequest) => {
      queue = queue.then(async () => {
        try {
          if (database === '') {
            database = request.database ?? '';
            answer({});
            if (!request.writes?.length) return;
          }
          answer(await service.commit({ database, writes: request.writes ?? [] }));
        } catch (error) {
          call.emit('error', statusOf(error));
        }
      });
    });
    call.on('end', () => queue.then(() => call.end()));
  };
}

/** The calls of `google.firestore.v1.Firestore` on a service. */
export function grpcMethods(service: FirestoreCalls): UntypedServiceImplementation {
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
    BeginTransaction: unary(({ options }: { options?: WireTransactionOptions }) => ({
      transaction: service.beginTransaction(options).token,
    })),
    Commit: unary((request: CommitRequest) => service.commit(request)),
    Rollback: unary((request: { transaction?: Uint8Array }) => {
      service.rollback(request);
      return {};
    }),
    RunQuery: streaming((request: RunQueryRequest) => service.runQuery(request)),
    RunAggregationQuery: streaming((request: RunAggregationRequest) => service.runAggregationQuery(request)),
    PartitionQuery: unary((request: PartitionQueryRequest) => ({
      partitions: service.partitionQuery(request),
    })),
    Write: write(service),
    Listen: listen(service),
    ListCollectionIds: unary((request: ListCollectionIdsRequest) => service.listCollectionIds(request)),
    BatchWrite: unary((request: CommitRequest) => service.batchWrite(request)),
  };
}
