import { once } from 'node:events';
import { connect } from 'node:net';
import { loadProtocol } from '../door/protocol.ts';
import { StorageError } from '../errors.ts';

/** Makes one call, its enums as numbers, and returns the answer: messages of gRPC, one after the other. */
export type Call = (method: string, request: object) => Promise<Buffer>;

/**
 * A client that costs next to nothing: gRPC on frames of HTTP/2, on one connection. With Google's client most of the
 * time of a call is the client's own, and the server hardly shows. It asks for no more than 64 KiB at once.
 */
export interface BareClient {
  call: Call;
  close(): Promise<void>;
}

// Frames of HTTP/2 (RFC 9113): three bytes of length, type, flags, four bytes of stream.
const HEAD = 9;
const Frame = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
} as const;
const END_STREAM = 0x1;
const ACK = 0x1;
const END_HEADERS = 0x4;
const MAX_WINDOW = 2 ** 31 - 1;
const INITIAL_WINDOW_SIZE = 4;

function frame(type: number, flags: number, stream: number, ...parts: Uint8Array[]): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUIntBE(
    parts.reduce((sum, { length }) => sum + length, 0),
    0,
    3,
  );
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, ...parts]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A header for HPACK (RFC 7541) as it is: a name of the static table, or written out, and a value. */
function header(name: number[] | string, value: string): Buffer {
  const text = (part: string) => [part.length, ...Buffer.from(part)];
  return Buffer.from([...(typeof name === 'string' ? [0, ...text(name)] : name), ...text(value)]);
}

function headers(path: string): Buffer {
  const POST_OVER_HTTP = Buffer.of(0x83, 0x86);
  return Buffer.concat([
    POST_OVER_HTTP,
    header([0x04], path),
    header([0x01], 'localhost'),
    header([0x0f, 0x10], 'application/grpc'),
    header('te', 'trailers'),
  ]);
}

interface Waiting {
  body: Buffer[];
  done: (body: Buffer) => void;
  failed: (error: Error) => void;
}

/** Connects to a Firestore server. */
export async function connectBare(port: number): Promise<BareClient> {
  const protocol = loadProtocol();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let received: Buffer = Buffer.alloc(0);

  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(INITIAL_WINDOW_SIZE);
  settings.writeUInt32BE(MAX_WINDOW, 2);
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(frame(Frame.SETTINGS, 0, 0, settings));
  socket.write(frame(Frame.WINDOW_UPDATE, 0, 0, uint32(MAX_WINDOW - 65_535)));

  const take = (type: number, flags: number, stream: number, payload: Buffer): void => {
    if ((type === Frame.SETTINGS || type === Frame.PING) && !(flags & ACK)) {
      socket.write(frame(type, ACK, 0, type === Frame.PING ? payload : Buffer.alloc(0)));
    }
    const call = waiting.get(stream);
    if (!call) return;
    if (type === Frame.DATA) call.body.push(payload);
    if (type === Frame.RST_STREAM) call.failed(new StorageError('The server gave a call up.'));
    if (!(flags & END_STREAM) || (type !== Frame.DATA && type !== Frame.HEADERS)) return;
    waiting.delete(stream);
    // Status and message are in compressed headers; a call that fails has no messages.
    if (call.body.length === 0) call.failed(new StorageError('A call was answered with an error.'));
    else call.done(call.body.length === 1 && call.body[0] ? call.body[0] : Buffer.concat(call.body));
  };
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    while (received.length >= HEAD) {
      const end = HEAD + received.readUIntBE(0, 3);
      if (received.length < end) return;
      take(received[3] ?? 0, received[4] ?? 0, received.readUInt32BE(5), received.subarray(HEAD, end));
      received = received.subarray(end);
    }
  });

  const paths = new Map<string, Buffer>();
  const call: Call = (name, request) => {
    const type = protocol.methods[name]?.resolvedRequestType;
    if (!type) throw new StorageError(`There is no call ${name}.`);
    const path = paths.get(name) ?? headers(`/google.firestore.v1.Firestore/${name}`);
    paths.set(name, path);
    const message = type.encode(request).finish();
    const stream = next;
    next += 2;
    socket.cork();
    socket.write(frame(Frame.HEADERS, END_HEADERS, stream, path));
    socket.write(frame(Frame.DATA, END_STREAM, stream, Buffer.of(0), uint32(message.length), message));
    process.nextTick(() => socket.uncork());
    return new Promise((done, failed) => waiting.set(stream, { body: [], done, failed }));
  };
  return {
    call,
    async close() {
      const closed = once(socket, 'close');
      socket.end();
      await closed;
    },
  };
}
