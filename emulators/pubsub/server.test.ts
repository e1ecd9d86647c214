import { createPublicKey, createVerify, type JsonWebKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Message, PubSub, type Subscription } from '@google-cloud/pubsub';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPubSubEngine, type PubSubEngine, type PubSubServer, servePubSub } from './index.ts';

/** Waits for a value that comes when it comes, also on a busy machine. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

let directory: string;
let engine: PubSubEngine;
let server: PubSubServer;
let client: PubSub;
let open: Subscription[];

const connect = () =>
  new PubSub({
    projectId: 'mewayz',
    apiEndpoint: server.address,
    emulatorMode: true,
    enableOpenTelemetryTracing: false,
  });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pubsub-server-'));
  engine = openPubSubEngine({ directory });
  server = await servePubSub(engine);
  client = connect();
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map((subscription) => subscription.close()));
  await client.close();
  await server.close();
  engine.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Listens and collects; closes with the test. */
function listen(subscription: Subscription, handler: (message: Message) => void): void {
  open.push(subscription);
  subscription.on('message', handler);
  subscription.on('error', (error) => {
    throw error;
  });
}

describe('administration', () => {
  it('creates, reads, lists, updates and deletes topics and subscriptions', async () => {
    const [topic] = await client.createTopic({ name: 'events', labels: { team: 'a' } });
    expect(topic.name).toBe('projects/mewayz/topics/events');
    await expect(client.createTopic('events')).rejects.toMatchObject({ code: 6 });
    await expect(client.createTopic('x')).rejects.toMatchObject({ code: 3 });
    await topic.createSubscription('reader', {
      ackDeadlineSeconds: 20,
      enableMessageOrdering: true,
      filter: 'attributes:kind',
      retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 5 } },
      deadLetterPolicy: { deadLetterTopic: topic.name, maxDeliveryAttempts: 7 },
    });
    const [metadata] = await client.subscription('reader').getMetadata();
    expect(metadata).toMatchObject({
      name: 'projects/mewayz/subscriptions/reader',
      topic: topic.name,
      ackDeadlineSeconds: 20,
      enableMessageOrdering: true,
      filter: 'attributes:kind',
      deadLetterPolicy: { deadLetterTopic: topic.name, maxDeliveryAttempts: 7 },
      messageRetentionDuration: { seconds: '604800' },
    });

    await client.subscription('reader').setMetadata({ ackDeadlineSeconds: 60 });
    expect(engine.subscriptionOptions('reader').ackDeadlineSeconds).toBe(60);
    await topic.setMetadata({ labels: { team: 'b' } });
    expect((await topic.getMetadata())[0].labels).toEqual({ team: 'b' });
    expect((await client.getTopics())[0].map(({ name }) => name)).toEqual([topic.name]);
    expect((await topic.getSubscriptions())[0].map(({ name }) => name)).toEqual([
      'projects/mewayz/subscriptions/reader',
    ]);

    await topic.delete();
    await expect(topic.getMetadata()).rejects.toMatchObject({ code: 5 });
    expect((await client.subscription('reader').getMetadata())[0].topic).toBe('_deleted-topic_');
    await client.subscription('reader').delete();
    await expect(client.subscription('reader').getMetadata()).rejects.toMatchObject({ code: 5 });
  });

  it('shares topics with code in the same process by their short names', async () => {
    engine.createTopic('changes');
    await client.topic('changes').createSubscription('remote');
    engine.publish('changes', [{ data: Buffer.from('from inside') }]);
    const received = new Promise<string>((resolve) => {
      listen(client.subscription('remote'), (message) => {
        message.ack();
        resolve(message.data.toString());
      });
    });
    expect(await received).toBe('from inside');
  });

  it.each([
    { ackDeadlineSeconds: 5 },
    { filter: 'nonsense(' },
    { messageRetentionDuration: { seconds: 1 } },
    { pushConfig: { pushEndpoint: 'not a url' } },
  ])('refuses %j', async (options) => {
    await client.createTopic('events');
    await expect(client.topic('events').createSubscription('reader', options)).rejects.toMatchObject({
      code: 3,
    });
  });
});

describe('streaming pull', () => {
  it('delivers everything, in the order of each key, across nacks and a restart of the server', {
    timeout: 60_000,
  }, async () => {
    const total = 2_000;
    const [topic] = await client.createTopic('events');
    await topic.createSubscription('reader', { enableMessageOrdering: true, ackDeadlineSeconds: 10 });
    const publisher = client.topic('events', { messageOrdering: true, batching: { maxMessages: 100 } });
    const ids = Array.from({ length: total }, (_, index) =>
      publisher.publishMessage({ data: Buffer.from(String(index)), orderingKey: `k${index % 20}` }),
    );
    expect(new Set(await Promise.all(ids)).size).toBe(total);

    const seen = new Map<string, number[]>();
    const acked = new Set<number>();
    let nacks = 0;
    const handler = (message: Message) => {
      const number = Number(message.data.toString());
      seen.set(message.orderingKey ?? '', [...(seen.get(message.orderingKey ?? '') ?? []), number]);
      if (number % 50 === 0 && !acked.has(-number - 1)) {
        acked.add(-number - 1);
        nacks += 1;
        message.nack();
        return;
      }
      acked.add(number);
      message.ack();
    };
    const options = { flowControl: { maxMessages: 100 }, batching: { maxMilliseconds: 10 } };
    listen(client.subscription('reader', options), handler);
    await expect.poll(() => acked.size, { timeout: 20_000 }).toBeGreaterThan(300);

    const { port } = server;
    await server.close();
    engine.close();
    engine = openPubSubEngine({ directory });
    server = await servePubSub(engine, { port });

    await expect
      .poll(() => [...acked].filter((number) => number >= 0).length, { timeout: 40_000 })
      .toBe(total);
    expect(nacks).toBe(total / 50);
    await expect.poll(() => engine.statistics().subscriptions.reader?.backlog, { timeout: 20_000 }).toBe(0);
    for (const numbers of seen.values()) {
      // A repeat is allowed, a step back to anything but a repeat is not.
      const firsts = numbers.filter((number, index) => numbers.indexOf(number) === index);
      expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    }
  });

  it('sends no more than the client has room for', async () => {
    const [topic] = await client.createTopic('events');
    await topic.createSubscription('reader');
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => topic.publishMessage({ data: Buffer.from(String(index)) })),
    );
    const held: Message[] = [];
    listen(
      client.subscription('reader', {
        flowControl: { maxMessages: 5, allowExcessMessages: false },
        streamingOptions: { maxStreams: 1 },
      }),
      (message) => {
        held.push(message);
      },
    );
    await eventually(() => held.length).toBe(5);
    await sleep(100);
    expect(engine.statistics().subscriptions.reader).toMatchObject({ backlog: 50 });
    expect(engine.statistics().subscriptions.reader?.leased).toBeLessThanOrEqual(5);
    for (let count = 0; count < 50; count += 1) {
      await eventually(() => held.length).toBeGreaterThan(0);
      held.shift()?.ack();
    }
    await eventually(() => engine.statistics().subscriptions.reader?.backlog).toBe(0);
  });

  it('confirms acknowledgements of exactly-once subscriptions, and refuses those that came too late', async () => {
    const [topic] = await client.createTopic('events');
    await topic.createSubscription('reader', { enableExactlyOnceDelivery: true });
    await topic.publishMessage({ data: Buffer.from('1') });
    const message = await new Promise<Message>((resolve) => listen(client.subscription('reader'), resolve));
    expect(await message.ackWithResponse()).toBe('SUCCESS');
    expect(engine.statistics().subscriptions.reader?.backlog).toBe(0);

    engine.createSubscription({ ...engine.subscriptionOptions('reader'), name: 'other' });
    await topic.publishMessage({ data: Buffer.from('2') });
    const other = await new Promise<Message>((resolve) => listen(client.subscription('other'), resolve));
    engine.seek('other', { time: new Date(Date.now() + 10_000) });
    await expect(other.ackWithResponse()).rejects.toMatchObject({ errorCode: 'INVALID' });
  });

  it('dead-letters through the client, with attempt counts', { timeout: 30_000 }, async () => {
    const [dead] = await client.createTopic('dead');
    await dead.createSubscription('parked');
    const [topic] = await client.createTopic('events');
    await topic.createSubscription('reader', {
      deadLetterPolicy: { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 },
      retryPolicy: { minimumBackoff: { nanos: 1e6 }, maximumBackoff: { nanos: 2e6 } },
    });
    const attempts: number[] = [];
    listen(client.subscription('reader'), (message) => {
      attempts.push(message.deliveryAttempt);
      message.nack();
    });
    await topic.publishMessage({ data: Buffer.from('poison') });
    const parked = await new Promise<Message>((resolve) =>
      listen(client.subscription('parked'), (message) => {
        message.ack();
        resolve(message);
      }),
    );
    expect(parked.data.toString()).toBe('poison');
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
  });
});

it('seeks to a snapshot and to a time', async () => {
  const [topic] = await client.createTopic('events');
  const [subscription] = await topic.createSubscription('reader', { retainAckedMessages: true });
  await topic.publishMessage({ data: Buffer.from('1') });
  await subscription.createSnapshot('before');
  const seen: string[] = [];
  listen(subscription, (message) => {
    seen.push(message.data.toString());
    message.ack();
  });
  await eventually(() => seen).toEqual(['1']);
  await eventually(() => engine.statistics().subscriptions.reader?.backlog).toBe(0);
  await subscription.seek('before');
  await eventually(() => seen).toEqual(['1', '1']);
  await eventually(() => engine.statistics().subscriptions.reader?.backlog).toBe(0);
  await subscription.seek(new Date(0));
  await eventually(() => seen).toEqual(['1', '1', '1']);
  await client.snapshot('before').delete();
});

/** Whether a token is signed with a key that the server publishes. */
async function isSigned(token: string): Promise<boolean> {
  const { keys } = (await (await fetch(server.certificates)).json()) as {
    keys: (JsonWebKey & { kid: string })[];
  };
  const [header = '', claims = '', signature = ''] = token.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const key = createPublicKey({ key: keys.find((candidate) => candidate.kid === kid) ?? {}, format: 'jwk' });
  const verifier = createVerify('RSA-SHA256').update(`${header}.${claims}`);
  return verifier.verify(key, signature, 'base64url');
}

it('pushes, with a token, until the endpoint accepts', async () => {
  const requests: {
    body: { message: { data: string; attributes: object }; subscription: string };
    authorization: string;
  }[] = [];
  const endpoint = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ body: JSON.parse(body), authorization: request.headers.authorization ?? '' });
    response.writeHead(requests.length === 1 ? 500 : 204).end();
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/hook`;
  const [topic] = await client.createTopic('events');
  await topic.createSubscription('pushed', {
    pushConfig: { pushEndpoint: url, oidcToken: { serviceAccountEmail: 'push@example.com', audience: 'us' } },
  });
  await topic.publishMessage({ data: Buffer.from('hello'), attributes: { a: '1' } });
  await expect.poll(() => requests.length, { timeout: 10_000 }).toBe(2);
  endpoint.close();
  const [first] = requests;
  expect(first?.body.subscription).toBe('projects/mewayz/subscriptions/pushed');
  expect(Buffer.from(first?.body.message.data ?? '', 'base64').toString()).toBe('hello');
  const claims = JSON.parse(Buffer.from(first?.authorization.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({ aud: 'us', email: 'push@example.com', email_verified: true });
  expect(await isSigned(first?.authorization.replace('Bearer ', '') ?? '')).toBe(true);
  await eventually(() => engine.statistics().subscriptions.pushed?.backlog).toBe(0);
});

describe('schemas', () => {
  const avro = JSON.stringify({
    type: 'record',
    name: 'Person',
    fields: [
      { name: 'name', type: 'string' },
      { name: 'age', type: ['null', 'int'] },
      { name: 'tags', type: { type: 'array', items: 'string' } },
    ],
  });

  it.each([
    ['AVRO', avro, '{"name":"Ann","age":{"int":3},"tags":["a"]}', '{"name":"Ann","age":3,"tags":[]}'],
    [
      'PROTOCOL_BUFFER',
      'syntax = "proto3"; message P { string name = 1; }',
      '{"name":"Ann"}',
      '{"nome":"Ann"}',
    ],
  ] as const)('lets only fitting messages into a topic: %s', async (type, definition, good, bad) => {
    const schema = await client.createSchema('person', type, definition);
    await expect(client.createSchema('broken', type, '{')).rejects.toMatchObject({ code: 3 });
    const [topic] = await client.createTopic({
      name: 'people',
      schemaSettings: { schema: 'projects/mewayz/schemas/person', encoding: 'JSON' },
    });
    await topic.createSubscription('reader');
    await topic.publishMessage({ data: Buffer.from(good) });
    await expect(topic.publishMessage({ data: Buffer.from(bad) })).rejects.toMatchObject({ code: 3 });
    expect(engine.statistics().subscriptions.reader?.backlog).toBe(1);
    expect(await schema.get()).toMatchObject({ definition });
    await schema.delete();
  });
});
