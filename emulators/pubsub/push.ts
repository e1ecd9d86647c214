/** Sends the messages of push subscriptions to their endpoints: https://docs.cloud.google.com/pubsub/docs/push */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Names } from './grpc-wire.ts';
import type { PushTokens } from './push-tokens.ts';
import type { PubSubEngine, PushConfig, ReceivedMessage } from './types.ts';

const RESCAN = 1_000;
const CONCURRENCY = 10;
const SUCCESS = new Set([102, 200, 201, 202, 204]);
const MIN_BACKOFF = 100;
const MAX_BACKOFF = 60_000;

/** Pushes until the signal aborts and what is under way is done. New and changed subscriptions are noticed. */
export async function startPushing(
  engine: PubSubEngine,
  names: Names,
  tokens: PushTokens,
  signal: AbortSignal,
): Promise<void> {
  const active = new Map<string, { config: string; stop: AbortController; done: Promise<void> }>();
  while (!signal.aborted) {
    const wanted = new Map(
      engine
        .subscriptions()
        .flatMap(({ name, pushConfig }) => (pushConfig ? [[name, pushConfig] as const] : [])),
    );
    for (const [name, pusher] of active) {
      if (JSON.stringify(wanted.get(name)) === pusher.config) continue;
      pusher.stop.abort();
      active.delete(name);
      await pusher.done;
    }
    for (const [name, config] of wanted) {
      if (active.has(name)) continue;
      const stop = new AbortController();
      const done = pushTo(engine, names, { name, config, tokens }, AbortSignal.any([signal, stop.signal]));
      active.set(name, { config: JSON.stringify(config), stop, done });
    }
    await sleep(RESCAN, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all([...active.values()].map(({ done }) => done));
}

interface Pusher {
  name: string;
  config: PushConfig;
  tokens: PushTokens;
}

async function pushTo(
  engine: PubSubEngine,
  names: Names,
  pusher: Pusher,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  const seconds = engine.subscriptionOptions(pusher.name).ackDeadlineSeconds ?? 10;
  const subscription = names.outside('subscriptions', pusher.name);

  async function handle(received: ReceivedMessage): Promise<void> {
    // An endpoint that fails is asked less and less often, without giving the messages up.
    if (failures > 0) {
      const delay = Math.min(MAX_BACKOFF, MIN_BACKOFF * 2 ** Math.min(failures, 10));
      await sleep(delay, undefined, { signal });
    }
    try {
      await send(
        received,
        subscription,
        pusher,
        AbortSignal.any([signal, AbortSignal.timeout(seconds * 1_000)]),
      );
      failures = 0;
    } catch (error) {
      failures += 1;
      throw error;
    }
  }

  // A subscription that was deleted meanwhile ends the consumption, as does the signal.
  await engine.consume(pusher.name, handle, { concurrency: CONCURRENCY, signal }).catch(() => undefined);
}

async function send(
  { message, deliveryAttempt }: ReceivedMessage,
  subscription: string,
  { config, tokens }: Pusher,
  signal: AbortSignal,
): Promise<void> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (config.oidcToken) headers.authorization = `Bearer ${tokens.sign(config)}`;
  const publishTime = message.publishTime.toISOString();
  const wrapped = {
    message: {
      data: Buffer.from(message.data).toString('base64'),
      attributes: message.attributes,
      messageId: message.messageId,
      message_id: message.messageId,
      publishTime,
      publish_time: publishTime,
      ...(message.orderingKey && { orderingKey: message.orderingKey }),
    },
    subscription,
    deliveryAttempt,
  };
  const body = config.noWrapper ? Buffer.from(message.data) : JSON.stringify(wrapped);
  const response = await fetch(config.endpoint, {
    method: 'POST',
    headers,
    body,
    signal,
    redirect: 'manual',
  });
  await response.body?.cancel();
  if (!SUCCESS.has(response.status)) throw new Error(`The endpoint answered ${response.status}.`);
}
