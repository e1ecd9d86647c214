import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Code, FirestoreError, StorageError } from '../errors.ts';
import type { FirestoreCalls } from '../service.ts';
import { GrpcCall } from './grpc-call.ts';
import { loadCodecs } from './grpc-codec.ts';
import { grpcMethods, NAMED } from './grpc-methods.ts';

export interface ServeOptions {
  /** Port to listen on; 0 (default) takes a free one. */
  port?: number;
  /** Address to listen on; default 127.0.0.1. There is no authentication: keep it local. */
  host?: string;
}

export interface FirestoreServer {
  /** What `FIRESTORE_EMULATOR_HOST` is set to: host and port. */
  address: string;
  port: number;
  /** Ends all calls and frees the port; the engine stays open. */
  close(): Promise<void>;
}

/** Bytes that a client may send ahead, for each call and each connection: large commits arrive without pauses. */
const WINDOW = 4 * 1024 * 1024;
const HTTP2_PREFACE = 'PRI';
const DOCUMENTS = /^\/emulator\/v1\/(projects\/[^/]+\/databases\/[^/]+)\/documents$/;

function reply(response: ServerResponse, status: number, body: object | string): void {
  const json = typeof body === 'object';
  response.writeHead(status, { 'content-type': json ? 'application/json' : 'text/plain' });
  response.end(json ? JSON.stringify(body) : body);
}

/** The HTTP calls of Google's emulator: a greeting, and the call that clears a database. */
async function answerHttp(
  service: FirestoreCalls,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const database = DOCUMENTS.exec(decodeURIComponent(pathname))?.[1];
  if (request.method === 'GET' && pathname === '/') return reply(response, 200, 'Ok\n');
  if (request.method !== 'DELETE' || !database) return reply(response, 404, { error: { code: 404 } });
  try {
    await service.clear(database);
    reply(response, 200, {});
  } catch (error) {
    const message = error instanceof FirestoreError ? error.details : 'The database could not be cleared.';
    reply(response, 500, { error: { code: 500, message } });
  }
}

/** A server of gRPC calls, for connections that it is given. */
function createGrpcServer(service: FirestoreCalls): Http2Server {
  const codecs = loadCodecs(NAMED);
  const handlers = grpcMethods(service);
  const server = createHttp2Server({
    settings: { initialWindowSize: WINDOW },
    // Answers that wait for a slow client are limited by their streams, not by ending its connection.
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  });
  server.on('session', (session) => session.setLocalWindowSize(WINDOW));
  server.on('sessionError', () => {});
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    // A call that is cut off ends with `close`.
    stream.on('error', () => {});
    const path = headers[':path'] ?? '';
    const codec = codecs.get(path);
    const handler = handlers[path.slice(path.lastIndexOf('/') + 1)];
    if (!codec || !handler) {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(Code.UNIMPLEMENTED) },
        { endStream: true },
      );
      return;
    }
    const encoding = headers['grpc-encoding'];
    handler(new GrpcCall(stream, codec, typeof encoding === 'string' ? encoding : undefined));
  });
  return server;
}

/**
 * Serves an engine over the network: gRPC without TLS and the emulator's HTTP calls on one port, told apart by
 * the first bytes of a connection, as Google's emulator does.
 */
export async function serveFirestore(
  service: FirestoreCalls,
  options: ServeOptions = {},
): Promise<FirestoreServer> {
  const host = options.host ?? '127.0.0.1';
  const grpc = createGrpcServer(service);
  const http = createHttpServer((request, response) => {
    void answerHttp(service, request, response);
  });
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const head: Buffer | null = socket.read();
      if (!head) return;
      socket.unshift(head);
      if (head.toString('latin1', 0, 3) === HTTP2_PREFACE) grpc.emit('connection', socket);
      else http.emit('connection', socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new StorageError(
          `Port ${options.port} on ${host} cannot be used (${cause.code}). Choose another port.`,
          {
            cause,
          },
        ),
      );
    });
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `${host}:${port}`,
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Clients take a lost connection for a reason to try again, a cancelled call for an answer.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
