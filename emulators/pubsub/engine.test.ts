import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPubSubEngine, type PubSubEngine, type ReceivedMessage } from './index.ts';

/** Waits for a value that comes when it comes, also on a busy machine. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

let directory: string;
let engine: PubSubEngine;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pubsub-'));
  engine = openPubSubEngine({ directory });
});

afterEach(() => {
  engine.close();
  rmSync(directory, { recursive: true, force: true });
});

function reopen(): void {
  engine.close();
  engine = openPubSubEngine({ directory });
}

function publish(texts: string[], orderingKey?: string): string[] {
  return engine.publish(
    'events',
    texts.map((text) => ({ data: Buffer.from(text), ...(orderingKey && { orderingKey }) })),
  );
}

const text = ({ message }: ReceivedMessage) => Buffer.from(message.data).toString();
const ackIds = (received: ReceivedMessage[]) => received.map(({ ackId }) => ackId);
const backlog = (name: string) => engine.statistics().subscriptions[name]?.backlog;

function subscribe(name: string, options: object = {}): void {
  engine.createTopic('events');
  engine.createSubscription({ name, topic: 'events', ...options });
}

describe('publish and pull', () => {
  it('hands every subscription each message published after its creation, with all that was published', () => {
    engine.createTopic('events');
    publish(['before']);
    subscribe('a');
    subscribe('b');
    const [id] = engine.publish('events', [
      { data: Buffer.from('one'), attributes: { tenantId: 't1' }, orderingKey: 'k' },
    ]);
    for (const name of ['a', 'b']) {
      const [received, ...rest] = engine.pull(name, 10);
      expect(rest).toEqual([]);
      expect(received && text(received)).toBe('one');
      expect(received).toMatchObject({ deliveryAttempt: 1 });
      expect(received?.message).toMatchObject({
        messageId: id,
        attributes: { tenantId: 't1' },
        orderingKey: 'k',
      });
    }
  });

  it('gives increasing ids, also after everything was acknowledged and the engine reopened', () => {
    subscribe('a');
    const first = publish(['1', '2']);
    engine.acknowledge('a', ackIds(engine.pull('a', 10)));
    reopen();
    const second = publish(['3']);
    expect([...first, ...second].map(Number)).toEqual(
      [...first, ...second].map(Number).sort((a, b) => a - b),
    );
    expect(engine.pull('a', 10).map(text)).toEqual(['3']);
  });

  it('keeps a message until the last subscription acknowledged it', () => {
    subscribe('a');
    subscribe('b');
    publish(['one']);
    engine.acknowledge('a', ackIds(engine.pull('a', 1)));
    reopen();
    expect(engine.pull('a', 1)).toEqual([]);
    expect(engine.pull('b', 1).map(text)).toEqual(['one']);
    expect(backlog('a')).toBe(0);
    expect(backlog('b')).toBe(1);
  });

  it('stores the cursor with the messages, or neither', () => {
    subscribe('a');
    engine.publish('events', [{ data: Buffer.from('1') }], { cursor: { name: 'log', value: '7' } });
    const tooLarge = [{ data: new Uint8Array(11 * 1024 * 1024) }];
    expect(() => engine.publish('events', tooLarge, { cursor: { name: 'log', value: '8' } })).toThrow(
      /allowed/,
    );
    reopen();
    expect(engine.cursor('log')).toBe('7');
    expect(engine.cursor('other')).toBeUndefined();
    expect(engine.pull('a', 10).map(text)).toEqual(['1']);
  });

  it('refuses what Pub/Sub refuses, with its status', () => {
    subscribe('a');
    const status = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(status(() => engine.publish('none', []))).toMatchObject({ status: 'NOT_FOUND', code: 5 });
    expect(status(() => engine.pull('none', 1))).toMatchObject({ status: 'NOT_FOUND' });
    expect(status(() => publish(['']))).toMatchObject({ status: 'INVALID_ARGUMENT', code: 3 });
    expect(status(() => engine.createSubscription({ name: 'x', topic: 'none' }))).toMatchObject({ code: 5 });
    engine.createTopic('other');
    expect(status(() => engine.createSubscription({ name: 'a', topic: 'other' }))).toMatchObject({ code: 6 });
  });

  it('leaves nothing behind of a subscription that it refused', () => {
    engine.createTopic('t');
    expect(() => engine.createSubscription({ name: 'bad', topic: 't', filter: 'attributes(' })).toThrow();
    reopen();
    engine.createSubscription({ name: 'bad', topic: 't', filter: 'attributes:a' });
  });

  it('lets one process in at a time', () => {
    expect(() => openPubSubEngine({ directory })).toThrow(/in use/);
  });
});

it('hands out no more than 10,000 messages at once, however many a puller wants', () => {
  subscribe('a');
  for (let batch = 0; batch < 11; batch += 1)
    publish(Array.from({ length: 1_000 }, (_, index) => String(index)));
  const first = engine.pull('a', 100_000);
  expect(first).toHaveLength(10_000);
  expect(engine.pull('a', 100_000)).toEqual([]);
  engine.acknowledge('a', ackIds(first.slice(0, 400)));
  expect(engine.pull('a', 100_000)).toHaveLength(400);
  expect(backlog('a')).toBe(10_600);
});

describe('acknowledgement', () => {
  it('hands a message out again after a negative acknowledgement, counting attempts across restarts', () => {
    subscribe('a');
    publish(['one']);
    const [first] = engine.pull('a', 1);
    engine.modifyAckDeadline('a', [first?.ackId ?? ''], 0);
    reopen();
    const [second] = engine.pull('a', 1);
    expect(second?.deliveryAttempt).toBe(2);
    expect(engine.acknowledge('a', [first?.ackId ?? '', 'nonsense'])).toEqual([first?.ackId, 'nonsense']);
    expect(engine.acknowledge('a', [second?.ackId ?? ''])).toEqual([]);
    expect(backlog('a')).toBe(0);
  });

  it('does not hand out what is leased, and expires leases', async () => {
    subscribe('a', { ackDeadlineSeconds: 0.05 });
    publish(['one']);
    expect(engine.pull('a', 1)).toHaveLength(1);
    expect(engine.pull('a', 1)).toHaveLength(0);
    await eventually(() => engine.pull('a', 1).map(({ deliveryAttempt }) => deliveryAttempt)).toEqual([2]);
  });

  it('keeps a lease across a restart until its deadline', () => {
    subscribe('a', { ackDeadlineSeconds: 600 });
    publish(['one']);
    const [received] = engine.pull('a', 1);
    reopen();
    expect(engine.pull('a', 1)).toEqual([]);
    expect(engine.acknowledge('a', [received?.ackId ?? ''])).toEqual([]);
    expect(backlog('a')).toBe(0);
  });

  it('waits as the retry policy says', () => {
    subscribe('a', { retryPolicy: { minimumBackoffSeconds: 300, maximumBackoffSeconds: 600 } });
    publish(['one']);
    engine.modifyAckDeadline('a', ackIds(engine.pull('a', 1)), 0);
    expect(engine.pull('a', 1)).toEqual([]);
    expect(engine.statistics().subscriptions.a).toMatchObject({ leased: 0, waiting: 1, backlog: 1 });
  });
});

describe('ordering', () => {
  it('hands out the next message of a key only when the one before is acknowledged', () => {
    subscribe('a', { enableMessageOrdering: true });
    publish(['k1', 'k2', 'k3'], 'k');
    publish(['free']);
    publish(['l1', 'l2'], 'l');
    const first = engine.pull('a', 10);
    expect(first.map(text)).toEqual(['k1', 'free', 'l1']);
    engine.acknowledge('a', ackIds(first.filter((received) => text(received) !== 'l1')));
    const second = engine.pull('a', 10);
    expect(second.map(text)).toEqual(['k2']);
    engine.modifyAckDeadline('a', ackIds(second), 0);
    expect(engine.pull('a', 10).map(text)).toEqual(['k2']);
  });

  it('remembers across restarts what waits behind the head of a key', () => {
    subscribe('a', { enableMessageOrdering: true, ackDeadlineSeconds: 600 });
    subscribe('unordered');
    publish(['k1', 'k2', 'k3'], 'k');
    const [head] = engine.pull('a', 10);
    engine.acknowledge('unordered', ackIds(engine.pull('unordered', 10)));
    reopen();
    expect(backlog('a')).toBe(3);
    engine.acknowledge('a', [head?.ackId ?? '']);
    const seen: string[] = [];
    for (let batch = engine.pull('a', 10); batch.length > 0; batch = engine.pull('a', 10)) {
      seen.push(...batch.map(text));
      engine.acknowledge('a', ackIds(batch));
    }
    expect(seen).toEqual(['k2', 'k3']);
    expect(backlog('a')).toBe(0);
  });
});

describe('dead letters', () => {
  const policy = {
    enableMessageOrdering: true,
    deadLetterPolicy: { deadLetterTopic: 'dead', maxDeliveryAttempts: 2 },
  };

  function setUp(): void {
    engine.createTopic('dead');
    engine.createSubscription({ name: 'parked', topic: 'dead' });
    subscribe('a', policy);
    publish(['poison', 'next'], 'k');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      engine.modifyAckDeadline('a', ackIds(engine.pull('a', 1)), 0);
    }
  }

  it('parks a message after its last attempt and lets its key go on', () => {
    setUp();
    reopen();
    expect(engine.pull('a', 1).map(text)).toEqual(['next']);
    const [parked] = engine.deadLetters('parked');
    expect(Buffer.from(parked?.data ?? []).toString()).toBe('poison');
    expect(parked?.attributes).toMatchObject({
      CloudPubSubDeadLetterSourceSubscription: 'a',
      CloudPubSubDeadLetterSourceDeliveryCount: '2',
    });
  });

  it('replays to the source subscription only', () => {
    setUp();
    subscribe('b');
    engine.acknowledge('a', ackIds(engine.pull('a', 1)));
    const ids = engine.deadLetters('parked').map(({ messageId }) => messageId);
    expect(engine.replayDeadLetters('parked', ids)).toBe(1);
    expect(engine.replayDeadLetters('parked', ids)).toBe(0);
    reopen();
    expect(engine.deadLetters('parked')).toEqual([]);
    expect(engine.pull('b', 10)).toEqual([]);
    const [replayed] = engine.pull('a', 10);
    expect(replayed && text(replayed)).toBe('poison');
    expect(replayed).toMatchObject({ deliveryAttempt: 1, message: { attributes: {} } });
    engine.acknowledge('a', [replayed?.ackId ?? '']);
    expect(backlog('a')).toBe(0);
  });
});

describe('consume', () => {
  it('wakes on publish, retries failures with backoff, never exceeds its concurrency and ends with the signal', async () => {
    subscribe('a', { retryPolicy: { minimumBackoffSeconds: 0.01, maximumBackoffSeconds: 0.02 } });
    const stop = new AbortController();
    const handled: string[] = [];
    const failures: number[] = [];
    let running = 0;
    let most = 0;
    const done = engine.consume(
      'a',
      async (received) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running -= 1;
        if (text(received) === '3' && received.deliveryAttempt < 3) throw new Error('not yet');
        handled.push(text(received));
      },
      {
        concurrency: 3,
        signal: stop.signal,
        onFailure: (_error, { deliveryAttempt }) => failures.push(deliveryAttempt),
      },
    );
    publish(Array.from({ length: 20 }, (_, index) => String(index)));
    await eventually(() => handled.length).toBe(20);
    publish(['later']);
    await eventually(() => handled.length).toBe(21);
    stop.abort();
    await done;
    expect(new Set(handled).size).toBe(21);
    expect(failures).toEqual([1, 2]);
    expect(most).toBe(3);
    expect(backlog('a')).toBe(0);
  });

  it('keeps the order of each key while keys go on beside each other', async () => {
    subscribe('a', {
      enableMessageOrdering: true,
      retryPolicy: { minimumBackoffSeconds: 0.001, maximumBackoffSeconds: 0.001 },
    });
    for (let number = 0; number < 200; number += 1) publish([String(number)], `key-${number % 7}`);
    const stop = new AbortController();
    const byKey = new Map<string, number[]>();
    let count = 0;
    const done = engine.consume(
      'a',
      async (received) => {
        await new Promise((resolve) => setTimeout(resolve, Number(text(received)) % 3));
        if (Number(text(received)) % 10 === 0 && received.deliveryAttempt === 1) throw new Error('once');
        const seen = byKey.get(received.message.orderingKey) ?? [];
        byKey.set(received.message.orderingKey, [...seen, Number(text(received))]);
        count += 1;
      },
      { concurrency: 16, signal: stop.signal },
    );
    await expect.poll(() => count, { timeout: 10_000 }).toBe(200);
    stop.abort();
    await done;
    expect(byKey.size).toBe(7);
    for (const seen of byKey.values()) expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

it('removes a subscription with everything only it still needed', () => {
  subscribe('a');
  subscribe('b');
  publish(['1', '2']);
  const [first] = engine.pull('b', 1);
  engine.acknowledge('b', [first?.ackId ?? '']);
  engine.deleteSubscription('a');
  engine.deleteSubscription('a');
  reopen();
  expect(engine.subscriptions().map(({ name }) => name)).toEqual(['b']);
  expect(engine.pull('b', 10).map(text)).toEqual(['2']);
});
