import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPubSubEngine, type PubSubEngine } from '@mewayz/emulators/pubsub';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ChangeFeed, startRelay } from './relay.ts';

/** Waits for a value that comes when it comes, also on a busy machine. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

let directory: string;
let pubsub: PubSubEngine;
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'relay-'));
  pubsub = openPubSubEngine({ directory });
  pubsub.createTopic('changes');
  pubsub.createSubscription({ name: 'reader', topic: 'changes', enableMessageOrdering: true });
});

afterEach(() => {
  pubsub.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A feed in memory with the engine's contract. */
class MemoryFeed implements ChangeFeed {
  entries: ReturnType<ChangeFeed['read']> = [];
  readonly listeners = new Set<() => void>();

  commit(tenant: string, document: object, before?: object): void {
    const sequence = BigInt(this.entries.length + 1);
    const path = `tenants/${tenant}/changes/chg_${sequence}`;
    this.entries.push({ sequence, commitTime: new Date(), path, after: document, ...(before && { before }) });
    for (const listener of this.listeners) listener();
  }

  read(after: bigint, limit: number) {
    return this.entries.filter(({ sequence }) => sequence > after).slice(0, limit);
  }

  onCommit(listener: () => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  trim(before: bigint) {
    this.entries = this.entries.filter(({ sequence }) => sequence >= before);
  }
}

interface Received {
  tenantId: string | undefined;
  orderingKey: string;
  changes: { tenantId: string; id: string; n: number; at?: string; big?: string }[];
}

function drain(): Received[] {
  const received: Received[] = [];
  for (let batch = pubsub.pull('reader', 100); batch.length > 0; batch = pubsub.pull('reader', 100)) {
    for (const { ackId, message } of batch) {
      const { changes } = JSON.parse(Buffer.from(message.data).toString());
      received.push({ tenantId: message.attributes.tenantId, orderingKey: message.orderingKey, changes });
      pubsub.acknowledge('reader', [ackId]);
    }
  }
  return received;
}

it('gathers each tenant’s changes in order, at most 500 in a message', async () => {
  const feed = new MemoryFeed();
  for (let n = 0; n < 1_400; n += 1) feed.commit(`t${n % 2}`, { n, at: new Date(0), big: 2n ** 60n });
  await startRelay(feed, pubsub, logger).stop();
  const messages = drain();
  for (const tenant of ['t0', 't1']) {
    const own = messages.filter(({ tenantId }) => tenantId === tenant);
    const changes = own.flatMap((message) => message.changes);
    expect(changes.map(({ n }) => n)).toEqual(
      Array.from({ length: 700 }, (_, i) => i * 2 + Number(tenant.slice(1))),
    );
    expect(own.every((message) => message.orderingKey === tenant && message.changes.length <= 500)).toBe(
      true,
    );
    expect(changes[0]).toEqual({
      tenantId: tenant,
      id: tenant === 't0' ? 'chg_1' : 'chg_2',
      n: Number(tenant.slice(1)),
      at: '1970-01-01T00:00:00.000Z',
      big: String(2n ** 60n),
    });
  }
  expect(messages.length).toBeLessThan(20);
});

it('keeps a message below a megabyte', async () => {
  const feed = new MemoryFeed();
  for (let n = 0; n < 12; n += 1)
    feed.commit('t', { n, patch: JSON.stringify({ text: 'x'.repeat(400_000) }) });
  await startRelay(feed, pubsub, logger).stop();
  const messages = drain();
  expect(messages.flatMap(({ changes }) => changes.map(({ n }) => n))).toEqual(
    Array.from({ length: 12 }, (_, n) => n),
  );
  expect(messages.every(({ changes }) => changes.length <= 2)).toBe(true);
  expect(messages[0]?.changes[0]).toMatchObject({ patch: { text: 'x'.repeat(400_000) } });
});

it('follows commits, and resumes without loss or repetition where another process ended', async () => {
  const feed = new MemoryFeed();
  const seen: number[] = [];
  for (let life = 0; life < 3; life += 1) {
    const relay = startRelay(feed, pubsub, logger);
    for (let n = 0; n < 10; n += 1) {
      feed.commit('t', { n: life * 10 + n });
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (life === 1) feed.commit('t', { n: -1 }, { n: 0 });
    await eventually(() => seen.push(...drain().flatMap(({ changes }) => changes.map(({ n }) => n)))).toBe(
      (life + 1) * 10,
    );
    await eventually(() => relay.lagSeconds()).toBe(0);
    // The next life finds the whole feed again, as after a crash before the trimming.
    const kept = feed.entries.slice();
    await relay.stop();
    feed.entries = kept;
    pubsub.close();
    pubsub = openPubSubEngine({ directory });
  }
  expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => n));
});
