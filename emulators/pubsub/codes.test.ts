import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPubSubEngine, type PubSubEngine, type PubSubServer, servePubSub } from './index.ts';

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const FAILED_PRECONDITION = 9;

let directory: string;
let engine: PubSubEngine;
let server: PubSubServer;
let publisher: v1.PublisherClient;
let subscriber: v1.SubscriberClient;

const topic = 'projects/mewayz/topics/events';
const other = 'projects/mewayz/topics/other';
const reader = 'projects/mewayz/subscriptions/reader';
const once = 'projects/mewayz/subscriptions/once';
const snapshot = 'projects/mewayz/snapshots/before';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pubsub-codes-'));
  engine = openPubSubEngine({ directory });
  server = await servePubSub(engine);
  const options = {
    servicePath: '127.0.0.1',
    port: server.port,
    sslCreds: credentials.createInsecure(),
    projectId: 'mewayz',
  };
  publisher = new v1.PublisherClient(options);
  subscriber = new v1.SubscriberClient(options);
  await publisher.createTopic({ name: topic, messageRetentionDuration: { seconds: 3_600 } });
  await publisher.createTopic({ name: other });
  await subscriber.createSubscription({ name: reader, topic });
  await subscriber.createSubscription({ name: once, topic, enableExactlyOnceDelivery: true });
  await subscriber.createSnapshot({ name: snapshot, subscription: reader });
});

afterAll(async () => {
  await publisher.close();
  await subscriber.close();
  await server.close();
  engine.close();
  rmSync(directory, { recursive: true, force: true });
});

const message = (data: string, attributes: Record<string, string> = {}, orderingKey = '') => ({
  topic,
  messages: [{ data: Buffer.from(data), attributes, orderingKey }],
});
const subscribe = (options: object) =>
  subscriber.createSubscription({ name: `projects/mewayz/subscriptions/new`, topic, ...options });

describe('bad input gets the code that Cloud Pub/Sub gives', () => {
  it.each<[string, number, () => Promise<unknown>]>([
    ['an unknown topic', NOT_FOUND, () => publisher.publish({ ...message('x'), topic: `${topic}-not` })],
    ['a topic that exists', ALREADY_EXISTS, () => publisher.createTopic({ name: topic })],
    [
      'a reserved name',
      INVALID_ARGUMENT,
      () => publisher.createTopic({ name: 'projects/mewayz/topics/goog1' }),
    ],
    ['a name of another kind', INVALID_ARGUMENT, () => publisher.getTopic({ topic: reader })],
    ['nothing to publish', INVALID_ARGUMENT, () => publisher.publish({ topic, messages: [] })],
    ['an empty message', INVALID_ARGUMENT, () => publisher.publish(message(''))],
    [
      'a message above 10 MB',
      INVALID_ARGUMENT,
      () => publisher.publish(message('x'.repeat(10 * 1024 * 1024 + 1))),
    ],
    ['a long attribute', INVALID_ARGUMENT, () => publisher.publish(message('x', { a: 'x'.repeat(1_025) }))],
    ['a long name', INVALID_ARGUMENT, () => publisher.publish(message('x', { ['a'.repeat(257)]: 'x' }))],
    [
      'too many attributes',
      INVALID_ARGUMENT,
      () =>
        publisher.publish(
          message('x', Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`a${n}`, 'x']))),
        ),
    ],
    ['a long ordering key', INVALID_ARGUMENT, () => publisher.publish(message('x', {}, 'k'.repeat(1_025)))],
    ['a subscription of no topic', NOT_FOUND, () => subscribe({ topic: `${topic}-not` })],
    ['a filter that does not parse', INVALID_ARGUMENT, () => subscribe({ filter: 'attributes.a = ' })],
    [
      'a filter above 256 bytes',
      INVALID_ARGUMENT,
      () => subscribe({ filter: `attributes:${'a'.repeat(256)}` }),
    ],
    [
      'a dead-letter topic that is not there',
      NOT_FOUND,
      () => subscribe({ deadLetterPolicy: { deadLetterTopic: `${topic}-not`, maxDeliveryAttempts: 5 } }),
    ],
    [
      'an unknown subscription',
      NOT_FOUND,
      () => subscriber.pull({ subscription: `${reader}-not`, maxMessages: 1 }),
    ],
    ['a pull of nothing', INVALID_ARGUMENT, () => subscriber.pull({ subscription: reader, maxMessages: 0 })],
    [
      'a deadline above ten minutes',
      INVALID_ARGUMENT,
      () => subscriber.modifyAckDeadline({ subscription: reader, ackIds: ['1.1'], ackDeadlineSeconds: 601 }),
    ],
    [
      'an update of nothing',
      INVALID_ARGUMENT,
      () => subscriber.updateSubscription({ subscription: { name: reader }, updateMask: { paths: [] } }),
    ],
    [
      'an update of what never changes',
      INVALID_ARGUMENT,
      () =>
        subscriber.updateSubscription({
          subscription: { name: reader, filter: 'attributes:a' },
          updateMask: { paths: ['filter'] },
        }),
    ],
    ['a seek to nowhere', INVALID_ARGUMENT, () => subscriber.seek({ subscription: reader })],
    [
      'an unknown snapshot',
      NOT_FOUND,
      () => subscriber.seek({ subscription: reader, snapshot: `${snapshot}-not` }),
    ],
    [
      'a snapshot that would live too long',
      INVALID_ARGUMENT,
      () =>
        subscriber.updateSnapshot({
          snapshot: { name: snapshot, expireTime: { seconds: Math.floor(Date.now() / 1_000) + 30 * 86_400 } },
          updateMask: { paths: ['expire_time'] },
        }),
    ],
  ])('%s', async (_name, code, call) => {
    await expect(call()).rejects.toMatchObject({ code });
  });
});

it('ignores late acknowledgements, but tells exactly-once subscribers which ids are no longer good', async () => {
  await publisher.publish(message('x'));
  for (const subscription of [reader, once]) {
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 1 });
    const ackIds = (receivedMessages ?? []).map(({ ackId }) => String(ackId));
    await subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: 1 });
    await sleep(1_100);
    const late = subscriber.acknowledge({ subscription, ackIds });
    if (subscription === reader) await late;
    else {
      const reason = 'PERMANENT_FAILURE_INVALID_ACK_ID';
      const errorInfoMetadata = { [ackIds[0] ?? '']: reason };
      await expect(late).rejects.toMatchObject({ code: FAILED_PRECONDITION, errorInfoMetadata });
    }
    await subscriber.acknowledge({ subscription: reader, ackIds: ['never.given', '', '1.999'] });
  }
});

it('updates snapshots', async () => {
  const expireTime = { seconds: Math.floor(Date.now() / 1_000) + 3_600, nanos: 0 };
  const [updated] = await subscriber.updateSnapshot({
    snapshot: { name: snapshot, labels: { team: 'a' }, expireTime },
    updateMask: { paths: ['labels', 'expire_time'] },
  });
  expect(updated).toMatchObject({ labels: { team: 'a' }, topic });
  expect(Number(updated.expireTime?.seconds)).toBe(expireTime.seconds);
  engine.updateSnapshot('before', {});
  expect(engine.snapshots()[0]).toMatchObject({ metadata: { labels: { team: 'a' } } });
});

it('detaches a subscription for good', async () => {
  const name = 'projects/mewayz/subscriptions/cut';
  await subscriber.createSubscription({ name, topic });
  await publisher.publish(message('lost'));
  await publisher.detachSubscription({ subscription: name });
  await publisher.detachSubscription({ subscription: name });
  await publisher.publish(message('never seen'));
  expect((await subscriber.getSubscription({ subscription: name }))[0]).toMatchObject({
    detached: true,
    topic,
  });
  await expect(subscriber.pull({ subscription: name, maxMessages: 1 })).rejects.toMatchObject({
    code: FAILED_PRECONDITION,
  });
  await subscriber.updateSubscription({
    subscription: { name, labels: { a: 'b' } },
    updateMask: { paths: ['labels'] },
  });
  expect((await subscriber.getSubscription({ subscription: name }))[0]).toMatchObject({ detached: true });
  expect(engine.statistics().subscriptions.cut?.backlog).toBe(0);
  await subscriber.deleteSubscription({ subscription: name });
});

it('keeps messages of a topic with a retention for those who come later, and not those of others', async () => {
  const start = new Date();
  for (const name of [topic, other]) await publisher.publish({ ...message('kept?'), topic: name });
  const found: number[] = [];
  for (const [index, name] of [topic, other].entries()) {
    const subscription = `projects/mewayz/subscriptions/late-${index}`;
    await subscriber.createSubscription({ name: subscription, topic: name });
    await subscriber.seek({ subscription, time: { seconds: Math.floor(start.getTime() / 1_000) } });
    const [{ receivedMessages }] = await subscriber.pull({
      subscription,
      maxMessages: 100,
      returnImmediately: true,
    });
    found.push(receivedMessages?.length ?? 0);
  }
  expect(found[0]).toBeGreaterThan(0);
  expect(found[1]).toBe(0);
});

/** A streaming pull of a client that takes no answer off the network; Google's client reads ahead without bound. */
function pullWithoutReading(subscription: string): () => void {
  const session = connect(`http://127.0.0.1:${server.port}`);
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/google.pubsub.v1.Subscriber/StreamingPull',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => undefined);
  const request = new protobuf.Writer();
  // StreamingPullRequest: subscription = 1, stream_ack_deadline_seconds = 5, max_outstanding_messages = 7.
  const body = request
    .uint32(10)
    .string(subscription)
    .uint32(40)
    .int32(600)
    .uint32(56)
    .int64(100_000)
    .finish();
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  stream.write(Buffer.concat([prefix, body]));
  return () => session.destroy();
}

it('hands out a bounded number of messages to a stream that nobody reads, and keeps the rest on disk', async () => {
  const name = 'projects/mewayz/subscriptions/slow';
  await subscriber.createSubscription({ name, topic: other });
  const leave = pullWithoutReading(name);
  const data = Buffer.alloc(20_000);
  for (let batch = 0; batch < 60; batch += 1) {
    engine.publish(
      'other',
      Array.from({ length: 50 }, () => ({ data })),
      { deferSync: true },
    );
    await new Promise(setImmediate);
  }
  const seen = () => engine.statistics().subscriptions.slow ?? { backlog: 0, leased: 0 };
  await expect.poll(() => seen().leased, { timeout: 10_000 }).toBeGreaterThan(0);
  await sleep(500);
  const { backlog, leased } = seen();
  expect(backlog).toBe(3_000);
  // What gRPC and the network hold for the client is a small part of it.
  expect(leased).toBeLessThan(1_500);
  leave();
});
