import type { ServerHttp2Stream } from 'node:http2';
import { gunzipSync, inflateSync } from 'node:zlib';
import { FirestoreError } from '../errors.ts';
import { failureOf } from '../storage/storage-errors.ts';
import { type Codec, PREFIX } from './grpc-codec.ts';

/** Largest message in bytes; a commit of 10 MiB with its envelope fits. */
const MAX_MESSAGE = 64 * 1024 * 1024;
/** Bytes of responses that are sent in one piece. */
const PIECE = 64 * 1024;
/** Characters of an error's message; clients refuse long headers. */
const MAX_DETAILS = 2048;
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' } as const;
const DECOMPRESS = { gzip: gunzipSync, deflate: inflateSync } as const;

interface Status {
  code: number;
  details: string;
}

/** What is not printable ASCII is percent-encoded, and so is the percent sign. */
function trailersOf({ code, details }: Status): Record<string, string> {
  const message = details
    .slice(0, MAX_DETAILS)
    .toWellFormed()
    .replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
  return { 'grpc-status': String(code), 'grpc-message': message };
}

const OK = { 'grpc-status': '0' };

/**
 * One gRPC call on an HTTP/2 stream (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Deadlines are the
 * client's: it cancels the call.
 */
export class GrpcCall {
  private readonly stream: ServerHttp2Stream;
  private readonly codec: Codec;
  private readonly encoding: string | undefined;
  /** What has arrived of the next message, and how much of it is needed to go on. */
  private chunks: Buffer[] = [];
  private bytes = 0;
  private wanted = PREFIX;
  private trailers: Record<string, string> = OK;
  private ended = false;
  private empty = true;

  constructor(stream: ServerHttp2Stream, codec: Codec, encoding: string | undefined) {
    this.stream = stream;
    this.codec = codec;
    this.encoding = encoding;
    stream.on('wantTrailers', () => stream.sendTrailers(this.trailers));
  }

  /** The client has gone, or the call has its status: there is nobody to answer. */
  get over(): boolean {
    return this.ended || this.stream.destroyed || this.stream.closed;
  }

  /** Calls `receive` with each request, as it arrives, and `closed` when the call is over. */
  listen(receive: (request: object) => void, halfClosed?: () => void, closed?: () => void): void {
    const { stream } = this;
    stream.on('data', (chunk: Buffer) => {
      try {
        this.take(chunk, receive);
      } catch (error) {
        this.fail(error);
      }
    });
    stream.on('end', () => {
      if (this.empty) this.fail(new FirestoreError('INTERNAL', 'The call ended without a request.'));
      else halfClosed?.();
    });
    if (closed) stream.on('close', closed);
  }

  private take(chunk: Buffer, receive: (request: object) => void): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes < this.wanted) return;
    let received = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    this.wanted = PREFIX;
    while (received.length >= PREFIX && !this.over) {
      this.wanted = PREFIX + received.readUInt32BE(1);
      if (this.wanted > MAX_MESSAGE) {
        throw new FirestoreError('RESOURCE_EXHAUSTED', `A request takes at most ${MAX_MESSAGE} bytes.`);
      }
      if (received.length < this.wanted) break;
      const message = received.subarray(PREFIX, this.wanted);
      this.empty = false;
      receive(this.read(received[0] === 1 ? this.decompress(message) : message));
      received = received.subarray(this.wanted);
      this.wanted = PREFIX;
    }
    this.chunks = received.length > 0 ? [received] : [];
    this.bytes = received.length;
  }

  private read(message: Buffer): object {
    try {
      return this.codec.read(message);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // What is nested too deeply to be read at all is refused like what is read and then found too deep.
      const status = /nesting depth/.test(reason) ? 'INVALID_ARGUMENT' : 'INTERNAL';
      throw new FirestoreError(status, `The request cannot be read: ${reason}.`);
    }
  }

  private decompress(message: Buffer): Buffer {
    const { encoding } = this;
    if (encoding !== 'gzip' && encoding !== 'deflate') {
      throw new FirestoreError('UNIMPLEMENTED', `Requests compressed as "${encoding}" are not supported.`);
    }
    return DECOMPRESS[encoding](message, { maxOutputLength: MAX_MESSAGE });
  }

  private open(): void {
    if (!this.stream.headersSent) this.stream.respond(HEADERS, { waitForTrailers: true });
  }

  /** Sends one response of several; false when the client should take what was sent before there are more. */
  send(response: object): boolean {
    if (this.over) return true;
    this.open();
    return this.stream.write(this.codec.write(response));
  }

  /** Calls back whenever the client has taken what was sent. */
  onDrain(drained: () => void): void {
    this.stream.on('drain', drained);
  }

  /** Ends the call well, with a last response or without. */
  end(response?: object): void {
    if (this.over) return;
    const frame = response && this.codec.write(response);
    this.ended = true;
    this.open();
    this.stream.end(frame);
  }

  /** Sends responses, no faster than the connection takes them, and ends the call. */
  async sendAll(responses: Iterable<object>): Promise<void> {
    let frames: Buffer[] = [];
    let bytes = 0;
    for (const response of responses) {
      if (this.over) return;
      const frame = this.codec.write(response);
      frames.push(frame);
      bytes += frame.length;
      if (bytes < PIECE) continue;
      this.open();
      const taken = this.stream.write(Buffer.concat(frames));
      frames = [];
      bytes = 0;
      if (!taken) await this.drained();
    }
    if (this.over) return;
    this.ended = true;
    this.open();
    this.stream.end(frames.length === 1 ? frames[0] : Buffer.concat(frames));
  }

  private drained(): Promise<void> {
    const { stream } = this;
    return new Promise((resolve) => {
      const done = () => {
        stream.off('drain', done).off('close', done);
        resolve();
      };
      stream.on('drain', done).on('close', done);
    });
  }

  /**
   * Ends the call with an error.
   * @param begun Google's clients take an error of a stream that never began for a lost connection and try again.
   */
  fail(error: unknown, begun = true): void {
    if (this.over) return;
    this.ended = true;
    this.trailers = trailersOf(failureOf(error));
    if (!begun && !this.stream.headersSent) {
      this.stream.respond({ ...HEADERS, ...this.trailers }, { endStream: true });
      return;
    }
    this.open();
    this.stream.end();
  }
}
