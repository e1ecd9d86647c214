import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Subscription } from './subscription.ts';
import type { ConsumeOptions, ReceivedMessage } from './types.ts';

/** What the loop needs of its engine. */
export interface Source {
  subscription: Subscription;
  take(max: number): ReceivedMessage[];
  acknowledge(ackId: string): void;
  giveBack(ackId: string, reason: string): void;
}

/** Handles messages until the signal aborts; see `PubSubEngine.consume`. Rejects when the store fails. */
export async function consume(
  source: Source,
  handler: (message: ReceivedMessage) => Promise<void>,
  { concurrency = 1, signal, onFailure }: ConsumeOptions,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const broken: unknown[] = [];

  async function handle(received: ReceivedMessage): Promise<void> {
    try {
      await handler(received);
    } catch (error) {
      onFailure?.(error, received);
      source.giveBack(received.ackId, error instanceof Error ? error.message : String(error));
      return;
    }
    source.acknowledge(received.ackId);
  }

  while (!signal.aborted && broken.length === 0) {
    const free = concurrency - running.size;
    const batch = free > 0 ? source.take(free) : [];
    for (const received of batch) {
      const run = handle(received)
        .catch((error) => broken.push(error))
        .then(() => {
          running.delete(run);
          source.subscription.waiters.wake();
        });
      running.add(run);
    }
    // Between batches the event loop is free for everything else that this process serves.
    await (batch.length > 0 ? yieldToEventLoop() : source.subscription.changed(signal));
  }
  await Promise.all(running);
  if (broken.length > 0) throw broken[0];
}
