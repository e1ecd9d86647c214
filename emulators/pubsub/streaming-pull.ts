/** StreamingPull: messages flow while the client has room for them, and wait on disk while it has not. */

import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { PubSubError } from './errors.ts';
import { toServiceError } from './grpc-call.ts';
import { type Names, toTimestamp } from './grpc-wire.ts';
import type { SharedSync } from './shared-sync.ts';
import type { PubSubEngine, ReceivedMessage, SubscriptionOptions } from './types.ts';

const MAX_BATCH_MESSAGES = 200;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** What a client that names no limits may hold. */
const DEFAULT_MESSAGES = 1_000;
const DEFAULT_BYTES = 100 * 1024 * 1024;
const KEEP_ALIVE = 30_000;

interface Request {
  subscription: string;
  ackIds: string[];
  modifyDeadlineSeconds: number[];
  modifyDeadlineAckIds: string[];
  streamAckDeadlineSeconds: number;
  maxOutstandingMessages: number;
  maxOutstandingBytes: number;
}

type Call = ServerDuplexStream<Request, object>;

export function createStreamingPull(
  engine: PubSubEngine,
  names: Names,
  sync: SharedSync,
  closing: AbortSignal,
): handleBidiStreamingCall<Request, object> {
  return (call) => {
    call.once('data', (first: Request) => {
      try {
        const name = names.inside('subscriptions', first.subscription);
        new Stream(engine, sync, call, name, first).run(closing);
      } catch (error) {
        fail(call, error);
      }
    });
    call.on('error', () => undefined);
    call.once('end', () => call.end());
  };
}

function fail(call: Call, error: unknown): void {
  call.emit('error', toServiceError(error));
}

class Stream {
  readonly #engine: PubSubEngine;
  readonly #sync: SharedSync;
  readonly #call: Call;
  readonly #name: string;
  readonly #ended = new AbortController();
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  /** Bytes of each message that the client holds, by ack id. */
  readonly #held = new Map<string, number>();
  #heldBytes = 0;
  #deadlineSeconds: number;
  #wake: (() => void) | undefined;

  constructor(engine: PubSubEngine, sync: SharedSync, call: Call, name: string, first: Request) {
    this.#engine = engine;
    this.#sync = sync;
    this.#call = call;
    this.#name = name;
    this.#maxMessages = first.maxOutstandingMessages > 0 ? first.maxOutstandingMessages : DEFAULT_MESSAGES;
    this.#maxBytes = first.maxOutstandingBytes > 0 ? first.maxOutstandingBytes : DEFAULT_BYTES;
    this.#deadlineSeconds = checkDeadline(first.streamAckDeadlineSeconds);
    this.#options();
  }

  run(closing: AbortSignal): void {
    const end = () => this.#ended.abort();
    for (const event of ['end', 'close', 'cancelled', 'error']) this.#call.once(event, end);
    closing.addEventListener('abort', end);
    this.#call.on('data', (request: Request) => this.#guard(() => this.#onRequest(request)));
    const keepAlive = setInterval(() => this.#guard(async () => void this.#write({})), KEEP_ALIVE);
    this.#send()
      .catch((error: unknown) => fail(this.#call, error))
      .finally(() => {
        clearInterval(keepAlive);
        closing.removeEventListener('abort', end);
        if (closing.aborted) fail(this.#call, new PubSubError('UNAVAILABLE', 'The server is going down.'));
      });
  }

  async #send(): Promise<void> {
    const signal = this.#ended.signal;
    this.#write({});
    while (!signal.aborted) {
      const batch = this.#take();
      if (batch.length === 0) {
        await this.#roomOrMessages(signal);
        continue;
      }
      const options = this.#options();
      if (options.enableExactlyOnceDelivery) await this.#sync.done();
      const receivedMessages = batch.map((received) => toReceived(received, options));
      const flowing = this.#write({ receivedMessages });
      if (flowing) await yieldToEventLoop();
      else await this.#drained(signal);
    }
  }

  #take(): ReceivedMessage[] {
    const room = Math.min(MAX_BATCH_MESSAGES, this.#maxMessages - this.#held.size);
    const roomBytes = Math.min(MAX_BATCH_BYTES, this.#maxBytes - this.#heldBytes);
    if (room <= 0 || roomBytes <= 0) return [];
    const batch = this.#engine.pull(this.#name, room, {
      seconds: this.#deadlineSeconds,
      maxBytes: roomBytes,
      onRelease: (ackId) => this.#release(ackId),
    });
    for (const { ackId, message } of batch) {
      this.#held.set(ackId, message.data.length);
      this.#heldBytes += message.data.length;
    }
    return batch;
  }

  #release(ackId: string): void {
    const bytes = this.#held.get(ackId);
    if (bytes === undefined) return;
    this.#held.delete(ackId);
    this.#heldBytes -= bytes;
    this.#wake?.();
  }

  /** Waits for messages if there is room, and for room if there is none. */
  async #roomOrMessages(signal: AbortSignal): Promise<void> {
    const full = this.#held.size >= this.#maxMessages || this.#heldBytes >= this.#maxBytes;
    if (!full) {
      await this.#engine.available(this.#name, signal);
      return;
    }
    // Leases that run out make room too, and are only noticed by a pull.
    const expiry = AbortSignal.timeout(this.#deadlineSeconds * 1_000);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      AbortSignal.any([signal, expiry]).addEventListener('abort', () => resolve());
    });
    this.#wake = undefined;
    if (expiry.aborted) this.#engine.pull(this.#name, 0);
  }

  #drained(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#call.off('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#call.on('drain', done);
      signal.addEventListener('abort', done);
    });
  }

  async #onRequest(request: Request): Promise<void> {
    const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds, streamAckDeadlineSeconds } = request;
    if (streamAckDeadlineSeconds > 0) this.#deadlineSeconds = checkDeadline(streamAckDeadlineSeconds);
    const response: Record<string, unknown> = {};
    const exactlyOnce = this.#options().enableExactlyOnceDelivery;
    if (ackIds.length > 0) {
      const invalidAckIds = this.#engine.acknowledge(this.#name, ackIds);
      response.acknowledgeConfirmation = { ackIds: without(ackIds, invalidAckIds), invalidAckIds };
    }
    if (modifyDeadlineAckIds.length > 0) {
      const invalidAckIds = modifyDeadlineAckIds.filter(
        (ackId, index) =>
          this.#engine.modifyAckDeadline(this.#name, [ackId], modifyDeadlineSeconds[index] ?? 0).length > 0,
      );
      response.modifyAckDeadlineConfirmation = {
        ackIds: without(modifyDeadlineAckIds, invalidAckIds),
        invalidAckIds,
      };
    }
    const isKeepAlive = ackIds.length === 0 && modifyDeadlineAckIds.length === 0;
    if (exactlyOnce && !isKeepAlive) await this.#sync.done();
    // Clients hang up on a server that leaves their keep-alive unanswered.
    if (exactlyOnce || isKeepAlive) this.#write(response);
  }

  /** False when the client does not keep up. */
  #write(response: object): boolean {
    const { enableExactlyOnceDelivery, enableMessageOrdering } = this.#options();
    const subscriptionProperties = {
      exactlyOnceDeliveryEnabled: !!enableExactlyOnceDelivery,
      messageOrderingEnabled: !!enableMessageOrdering,
    };
    return this.#call.write({ ...response, subscriptionProperties });
  }

  #options(): SubscriptionOptions {
    return this.#engine.subscriptionOptions(this.#name);
  }

  #guard(work: () => Promise<void>): void {
    work().catch((error: unknown) => fail(this.#call, error));
  }
}

function checkDeadline(seconds: number): number {
  if (seconds >= 10 && seconds <= 600) return seconds;
  throw new PubSubError('INVALID_ARGUMENT', 'streamAckDeadlineSeconds is 10 to 600.');
}

function without(ackIds: string[], refused: string[]): string[] {
  const set = new Set(refused);
  return ackIds.filter((ackId) => !set.has(ackId));
}

export function toReceived(
  { ackId, message, deliveryAttempt }: ReceivedMessage,
  options: SubscriptionOptions,
) {
  return {
    ackId,
    message: { ...message, publishTime: toTimestamp(message.publishTime) },
    // Cloud Pub/Sub counts only where the count decides something.
    deliveryAttempt: options.deadLetterPolicy ? deliveryAttempt : 0,
  };
}
