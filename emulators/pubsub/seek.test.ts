import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileFilter } from './filter.ts';
import { openPubSubEngine, type PubSubEngine } from './index.ts';

let directory: string;
let engine: PubSubEngine;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pubsub-seek-'));
  engine = openPubSubEngine({ directory });
  engine.createTopic('t');
});

afterEach(() => {
  engine.close();
  rmSync(directory, { recursive: true, force: true });
});

function reopen(): void {
  engine.close();
  engine = openPubSubEngine({ directory });
}

function publish(
  texts: string[],
  options: { attributes?: Record<string, string>; orderingKey?: string } = {},
): void {
  engine.publish(
    't',
    texts.map((text) => ({ data: Buffer.from(text), ...options })),
  );
}

/** Takes and acknowledges up to `max` messages. */
function drain(name: string, max = 100): string[] {
  const texts: string[] = [];
  while (texts.length < max) {
    const batch = engine.pull(name, max - texts.length);
    if (batch.length === 0) break;
    texts.push(...batch.map(({ message }) => Buffer.from(message.data).toString()));
    engine.acknowledge(
      name,
      batch.map(({ ackId }) => ackId),
    );
  }
  return texts;
}

const backlog = (name: string) => engine.statistics().subscriptions[name]?.backlog;
const kept = { topic: 't', retainAckedMessages: true, messageRetentionSeconds: 3_600 };

describe('seek', () => {
  it.each([true, false])('goes back to a time, and forward (ordered: %s)', async (enableMessageOrdering) => {
    engine.createSubscription({ name: 's', ...kept, enableMessageOrdering });
    publish(['1', '2'], { orderingKey: 'k' });
    await sleep(5);
    const time = new Date();
    await sleep(5);
    publish(['3', '4'], { orderingKey: 'k' });
    expect(drain('s')).toEqual(['1', '2', '3', '4']);
    reopen();
    engine.seek('s', { time });
    expect(backlog('s')).toBe(2);
    reopen();
    expect(drain('s')).toEqual(['3', '4']);
    engine.seek('s', { time: new Date(0) });
    expect(drain('s')).toEqual(['1', '2', '3', '4']);
    engine.seek('s', { time: new Date(0) });
    engine.seek('s', { time: new Date(Date.now() + 1_000) });
    expect([drain('s'), backlog('s')]).toEqual([[], 0]);
  });

  it.each([true, false])('returns to a snapshot exactly (ordered: %s)', (enableMessageOrdering) => {
    engine.createSubscription({ name: 's', topic: 't', enableMessageOrdering });
    publish(['k1', 'k2', 'k3'], { orderingKey: 'k' });
    publish(['free']);
    expect(drain('s', 1)).toEqual(['k1']);
    engine.createSnapshot('before', 's');
    expect(drain('s')).toHaveLength(3);
    publish(['later']);
    reopen();
    engine.seek('s', { snapshot: 'before' });
    expect(backlog('s')).toBe(4);
    const again = drain('s');
    expect(again.filter((text) => text.startsWith('k'))).toEqual(['k2', 'k3']);
    expect(again.toSorted()).toEqual(['free', 'k2', 'k3', 'later']);

    engine.deleteSnapshot('before');
    expect(() => engine.seek('s', { snapshot: 'before' })).toThrow('does not exist');
    engine.seek('s', { time: new Date(0) });
    expect(drain('s')).toEqual([]);
  });

  it('forgets what was in hand', () => {
    engine.createSubscription({ name: 's', ...kept });
    publish(['1']);
    const released: string[] = [];
    const [held] = engine.pull('s', 1, { onRelease: (ackId) => released.push(ackId) });
    engine.seek('s', { time: new Date(0) });
    expect(released).toEqual([held?.ackId]);
    expect(drain('s')).toEqual(['1']);
  });
});

describe('retention', () => {
  it('gives up what is older, also behind an ordering key, and keeps the rest', async () => {
    engine.createSubscription({ name: 's', topic: 't', enableMessageOrdering: true });
    publish(['1', '2'], { orderingKey: 'k' });
    engine.modifyAckDeadline('s', [engine.pull('s', 1)[0]?.ackId ?? ''], 0);
    await sleep(20);
    engine.createSubscription({
      name: 's',
      topic: 't',
      enableMessageOrdering: true,
      messageRetentionSeconds: 0.01,
    });
    reopen();
    expect(backlog('s')).toBe(0);
    publish(['3'], { orderingKey: 'k' });
    expect(drain('s')).toEqual(['3']);
  });
});

describe('filters', () => {
  it.each([
    ['attributes:a', true],
    ['attributes:z', false],
    ['attributes.a = "1"', true],
    ['attributes.a != "1"', false],
    ['attributes.z != "1"', true],
    ['hasPrefix(attributes.name, "con")', true],
    ['NOT attributes:a OR attributes."b-c" = "x \\"y\\""', true],
    ['-attributes:a', false],
    ['attributes:a AND (attributes.name = "nope" OR hasPrefix(attributes.a, ""))', true],
    ['attributes:constructor', false],
  ])('%s', (filter, expected) => {
    expect(compileFilter(filter)({ a: '1', name: 'contact', 'b-c': 'x "y"' })).toBe(expected);
  });

  it.each([
    '',
    'a = 1',
    'attributes',
    'attributes.a',
    'attributes.a = 1',
    'attributes:a AND',
    'attributes:a attributes:b',
    'attributes:a AND attributes:b OR attributes:c',
    '(attributes:a',
    'attributes:a; DROP',
    `attributes:${'a'.repeat(300)}`,
  ])('refuses %s', (filter) =>
    expect(() => compileFilter(filter)).toThrow(expect.objectContaining({ status: 'INVALID_ARGUMENT' })),
  );

  it('hand out and count only what matches, and others still get the rest', () => {
    engine.createSubscription({
      name: 'some',
      topic: 't',
      filter: 'attributes.kind = "a"',
      enableMessageOrdering: true,
    });
    engine.createSubscription({ name: 'all', topic: 't' });
    for (const [index, kind] of ['a', 'b', 'a', 'b', 'a'].entries()) {
      publish([String(index)], { attributes: { kind }, orderingKey: 'k' });
    }
    expect(backlog('some')).toBe(3);
    const [held] = engine.pull('some', 10);
    reopen();
    expect(backlog('some')).toBe(3);
    engine.acknowledge('some', [held?.ackId ?? '']);
    expect(drain('some')).toEqual(['2', '4']);
    expect(backlog('some')).toBe(0);
    expect(drain('all')).toEqual(['0', '1', '2', '3', '4']);
  });
});

it('keeps subscriptions of a deleted topic readable', () => {
  engine.createSubscription({ name: 's', topic: 't' });
  publish(['1']);
  engine.deleteTopic('t');
  engine.createTopic('t');
  publish(['to the new one']);
  reopen();
  expect(engine.subscriptions()).toMatchObject([{ name: 's', topic: '_deleted-topic_' }]);
  expect(drain('s')).toEqual(['1']);
});

it('refuses late acknowledgements only where delivery is exactly once', async () => {
  for (const enableExactlyOnceDelivery of [true, false]) {
    const name = String(enableExactlyOnceDelivery);
    engine.createSubscription({ name, topic: 't', ackDeadlineSeconds: 0.01, enableExactlyOnceDelivery });
    publish(['1']);
    const [held] = engine.pull(name, 1);
    await sleep(30);
    expect(engine.acknowledge(name, [held?.ackId ?? ''])).toEqual(
      enableExactlyOnceDelivery ? [held?.ackId] : [],
    );
  }
});
