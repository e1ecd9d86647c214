/** The service google.pubsub.v1.Subscriber. */

import { PubSubError } from './errors.ts';
import { AckIdError, unary } from './grpc-call.ts';
import {
  applyMask,
  type FieldMask,
  type Names,
  pageOf,
  type Timestamp,
  toDate,
  toTimestamp,
  type WirePushConfig,
  type WireSubscription,
} from './grpc-wire.ts';
import type { SharedSync } from './shared-sync.ts';
import { createStreamingPull, toReceived } from './streaming-pull.ts';
import { optionsOf, toWire } from './subscription-wire.ts';
import type { PubSubEngine } from './types.ts';

interface List {
  project: string;
  pageSize: number;
  pageToken: string;
}

interface SnapshotRequest {
  name: string;
  subscription: string;
  labels: Record<string, string>;
}

interface WireSnapshot {
  name: string;
  topic: string;
  expireTime: Timestamp | null;
  labels: Record<string, string>;
}

const FIXED = ['name', 'topic', 'filter', 'enableMessageOrdering', 'detached', 'state'];
const FIXED_IN_SNAPSHOT = ['name', 'topic'];
/** How long a pull waits for the first message. */
const PULL_WAIT = 20_000;
const MAX_PULL_BYTES = 9 * 1024 * 1024;

export function subscriberMethods(
  engine: PubSubEngine,
  names: Names,
  sync: SharedSync,
  closing: AbortSignal,
) {
  const inside = (name: string) => names.inside('subscriptions', name);

  const optionsFor = (name: string) => engine.subscriptionOptions(name);

  function update(request: Partial<WireSubscription> | null, mask: FieldMask | null): WireSubscription {
    const name = inside(request?.name ?? '');
    const wire = applyMask(toWire(optionsFor(name), names), request, mask, FIXED);
    engine.createSubscription(optionsOf(wire, names));
    return toWire(optionsFor(name), names);
  }

  async function pull(name: string, max: number, signal: AbortSignal) {
    const { enableExactlyOnceDelivery } = optionsFor(name);
    const lease = { maxBytes: MAX_PULL_BYTES };
    const ended = AbortSignal.any([signal, closing, AbortSignal.timeout(PULL_WAIT)]);
    for (;;) {
      const received = engine.pull(name, Math.min(max, 1_000), lease);
      // The lease of exactly-once delivery must be known after a crash before the message is out.
      if (received.length > 0 && enableExactlyOnceDelivery) await sync.done();
      if (received.length > 0 || ended.aborted) return received;
      await engine.available(name, ended);
    }
  }

  return {
    createSubscription: unary((request: WireSubscription) => {
      const name = inside(request.name);
      if (engine.subscriptions().some((other) => other.name === name)) {
        throw new PubSubError('ALREADY_EXISTS', `Subscription ${request.name} exists.`);
      }
      engine.createSubscription(optionsOf(request, names));
      return toWire(optionsFor(name), names);
    }),

    getSubscription: unary(({ subscription }: { subscription: string }) =>
      toWire(optionsFor(inside(subscription)), names),
    ),

    updateSubscription: unary(
      (request: { subscription: WireSubscription | null; updateMask: FieldMask | null }) =>
        update(request.subscription, request.updateMask),
    ),

    modifyPushConfig: unary((request: { subscription: string; pushConfig: WirePushConfig | null }) => {
      update({ name: request.subscription, pushConfig: request.pushConfig }, { paths: ['push_config'] });
      return {};
    }),

    listSubscriptions: unary((request: List) => {
      const all = engine.subscriptions().map((options) => toWire(options, names));
      const own = all.filter(({ name }) => name.startsWith(`${request.project}/`));
      const { items, nextPageToken } = pageOf(own, request);
      return { subscriptions: items, nextPageToken };
    }),

    deleteSubscription: unary(({ subscription }: { subscription: string }) => {
      const { name } = optionsFor(inside(subscription));
      engine.deleteSubscription(name);
      return {};
    }),

    acknowledge: unary(async ({ subscription, ackIds }: { subscription: string; ackIds: string[] }) => {
      const name = inside(subscription);
      const refused = engine.acknowledge(name, ackIds);
      if (!optionsFor(name).enableExactlyOnceDelivery) return {};
      await sync.done();
      if (refused.length > 0) throw new AckIdError(refused);
      return {};
    }),

    modifyAckDeadline: unary(
      async (request: { subscription: string; ackIds: string[]; ackDeadlineSeconds: number }) => {
        const name = inside(request.subscription);
        const refused = engine.modifyAckDeadline(name, request.ackIds, request.ackDeadlineSeconds);
        if (!optionsFor(name).enableExactlyOnceDelivery) return {};
        await sync.done();
        if (refused.length > 0) throw new AckIdError(refused);
        return {};
      },
    ),

    pull: unary(
      async (
        request: { subscription: string; maxMessages: number; returnImmediately: boolean },
        signal: AbortSignal,
      ) => {
        if (!(request.maxMessages > 0))
          throw new PubSubError('INVALID_ARGUMENT', 'maxMessages is at least 1.');
        const name = inside(request.subscription);
        const at = request.returnImmediately ? AbortSignal.abort() : signal;
        const received = await pull(name, request.maxMessages, at);
        return { receivedMessages: received.map((message) => toReceived(message, optionsFor(name))) };
      },
    ),

    streamingPull: createStreamingPull(engine, names, sync, closing),

    createSnapshot: unary(({ name, subscription, labels }: SnapshotRequest) => {
      const id = names.inside('snapshots', name);
      engine.createSnapshot(id, inside(subscription), { labels });
      return snapshotWire(engine, names, id);
    }),

    getSnapshot: unary(({ snapshot }: { snapshot: string }) =>
      snapshotWire(engine, names, names.inside('snapshots', snapshot)),
    ),

    updateSnapshot: unary((request: { snapshot: WireSnapshot | null; updateMask: FieldMask | null }) => {
      const name = names.inside('snapshots', request.snapshot?.name ?? '');
      const wire = snapshotWire(engine, names, name);
      const { labels, expireTime } = applyMask(wire, request.snapshot, request.updateMask, FIXED_IN_SNAPSHOT);
      engine.updateSnapshot(name, {
        metadata: { labels },
        ...(expireTime && { expiresAt: toDate(expireTime) }),
      });
      return snapshotWire(engine, names, name);
    }),

    listSnapshots: unary((request: List) => {
      const all = engine.snapshots().map(({ name }) => snapshotWire(engine, names, name));
      const own = all.filter(({ name }) => name.startsWith(`${request.project}/`));
      const { items, nextPageToken } = pageOf(own, request);
      return { snapshots: items, nextPageToken };
    }),

    deleteSnapshot: unary(({ snapshot }: { snapshot: string }) => {
      engine.deleteSnapshot(names.inside('snapshots', snapshot));
      return {};
    }),

    seek: unary(async (request: { subscription: string; time?: Timestamp | null; snapshot?: string }) => {
      const name = inside(request.subscription);
      if (request.snapshot) engine.seek(name, { snapshot: names.inside('snapshots', request.snapshot) });
      else if (request.time) engine.seek(name, { time: toDate(request.time) });
      else throw new PubSubError('INVALID_ARGUMENT', 'A seek needs a time or a snapshot.');
      return {};
    }),
  };
}

function snapshotWire(engine: PubSubEngine, names: Names, name: string): WireSnapshot {
  const found = engine.snapshots().find((snapshot) => snapshot.name === name);
  if (!found) throw new PubSubError('NOT_FOUND', `Snapshot ${name} does not exist.`);
  return {
    name: names.outside('snapshots', name),
    topic: names.outside('topics', found.topic),
    expireTime: toTimestamp(found.expiresAt),
    labels: (found.metadata.labels ?? {}) as Record<string, string>,
  };
}
