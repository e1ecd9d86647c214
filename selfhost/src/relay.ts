/** Carries the change log to the topic `changes`: every committed change exactly once, in the order of each tenant. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { OutgoingMessage, PubSubEngine } from '@mewayz/emulators/pubsub';
import type { HostLogger } from './host.ts';

export const CHANGES_TOPIC = 'changes';
export const CHANGES_PATTERN = 'tenants/{tenant}/changes/{id}';
const CURSOR = 'relay:changes';
/** Small enough that no request waits for it. */
const READ_LIMIT = 1_000;
const MAX_CHANGES = 500;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** Milliseconds between batches: requests have priority, and what they write meanwhile travels together. */
const PAUSE = 100;
/**
 * A message takes a subscriber a number of turns of the event loop, however many changes are in it. So while turns take
 * long and a subscriber has yet to handle more than the last batch, the next one waits, up to this: messages get fewer
 * and larger, and nobody falls behind.
 */
const MAX_PAUSE = 3_000;
/** Part of the time in which the event loop is not idle, from which on it is busy. */
const BUSY = 0.8;
const PAUSE_WHEN_BEHIND = 5;
const RETRY_DELAY = 1_000;
/** Handled entries are removed in large steps, since each removal is a transaction in the documents' database. */
const TRIM_STEP = 20_000n;

interface FeedEntry {
  sequence: bigint;
  commitTime: Date;
  path: string;
  before?: object;
  after?: object;
}

/** The durable feed of the documents' engine. */
export interface ChangeFeed {
  read(after: bigint, limit: number): FeedEntry[];
  onCommit(listener: () => void): () => void;
  trim(before: bigint): void;
}

export interface Relay {
  /** Age in seconds of the oldest change that is not in the topic yet. */
  lagSeconds(): number;
  /** Relays what is committed already, then ends. */
  stop(): Promise<void>;
}

/** Starts where the topic's cursor says that an earlier process ended. */
export function startRelay(feed: ChangeFeed, pubsub: PubSubEngine, logger: HostLogger): Relay {
  pubsub.createTopic(CHANGES_TOPIC);
  let position = BigInt(pubsub.cursor(CURSOR) ?? 0);
  let trimmed = position;
  const stopping = new AbortController();
  let wake: (() => void) | undefined;
  const unsubscribe = feed.onCommit(() => wake?.());

  /** Returns how many entries of the log it read, and how many messages it made of them. */
  function relayBatch(): { entries: number; messages: number } {
    const entries = feed.read(position, READ_LIMIT);
    let messages = 0;
    for (const batch of batchesOf(entries)) {
      // After a power failure the feed still has what the topic lost, since it is trimmed only after a sync.
      const cursor = { name: CURSOR, value: String(batch.last) };
      pubsub.publish(CHANGES_TOPIC, batch.messages, { cursor, deferSync: true });
      position = batch.last;
      messages += batch.messages.length;
    }
    if (position - trimmed >= TRIM_STEP) trim();
    return { entries: entries.length, messages };
  }

  function trim(): void {
    pubsub.flush();
    feed.trim(position + 1n);
    trimmed = position;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const committed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        const { entries, messages } = relayBatch();
        if (entries === 0) await committed;
        else if (entries === READ_LIMIT) await pause(PAUSE_WHEN_BEHIND);
        else await pauseForSubscribers(messages);
      } catch (error) {
        logger.error({ err: error }, 'the relay failed and tries again');
        await pause(RETRY_DELAY);
      }
    }
  }

  async function pauseForSubscribers(messages: number): Promise<void> {
    const start = performance.eventLoopUtilization();
    const isBusy = () => performance.eventLoopUtilization(start).utilization > BUSY;
    const end = Date.now() + MAX_PAUSE;
    do await pause(PAUSE);
    while (!stopping.signal.aborted && Date.now() < end && isBusy() && largestBacklog() > messages);
  }

  /** Of those subscribers that work; one whose messages wait for another attempt holds up nobody. */
  function largestBacklog(): number {
    const subscriptions = Object.values(pubsub.statistics().subscriptions);
    const working = subscriptions.filter(({ topic, leased }) => topic === CHANGES_TOPIC && leased > 0);
    return Math.max(0, ...working.map(({ backlog }) => backlog));
  }

  function pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  const running = run();
  return {
    lagSeconds() {
      const [oldest] = feed.read(position, 1);
      return oldest ? Math.max(0, Date.now() - oldest.commitTime.getTime()) / 1_000 : 0;
    },
    async stop() {
      unsubscribe();
      stopping.abort();
      wake?.();
      await running;
      while (relayBatch().entries > 0);
      if (position > trimmed) trim();
    },
  };
}

interface Batch {
  messages: OutgoingMessage[];
  /** Sequence of the last entry in it. */
  last: bigint;
}

interface Group {
  tenantId: string;
  changes: string[];
  bytes: number;
}

/** Gathers each tenant's changes into few messages, and messages into publishable batches. */
function* batchesOf(entries: FeedEntry[]): Generator<Batch> {
  let open = new Map<string, Group>();
  let full: Group[] = [];
  let bytes = 0;
  for (const [index, { path, before, after, sequence }] of entries.entries()) {
    // A change is created once. What happens to it later, such as its removal after years, is not news.
    if (after && !before) {
      const [, tenantId = '', , id = ''] = path.split('/');
      const change = toJson(tenantId, id, after);
      const size = Buffer.byteLength(change);
      const group = open.get(tenantId) ?? { tenantId, changes: [], bytes: 0 };
      open.set(tenantId, group);
      if (
        group.changes.length === MAX_CHANGES ||
        (group.bytes > 0 && group.bytes + size > MAX_MESSAGE_BYTES)
      ) {
        full.push({ ...group });
        group.changes = [];
        group.bytes = 0;
      }
      group.changes.push(change);
      group.bytes += size;
      bytes += size;
    }
    if (index < entries.length - 1 && bytes < MAX_BATCH_BYTES) continue;
    yield { messages: [...full, ...open.values()].map(toMessage), last: sequence };
    open = new Map();
    full = [];
    bytes = 0;
  }
}

function toMessage({ tenantId, changes }: Group): OutgoingMessage {
  return {
    data: Buffer.from(`{"changes":[${changes.join(',')}]}`),
    attributes: { tenantId },
    orderingKey: tenantId,
  };
}

/** The patch is stored as JSON already, and goes into the message as it is. */
function toJson(tenantId: string, id: string, { patch, ...entry }: { patch?: unknown }): string {
  if (typeof patch !== 'string') return stringify({ tenantId, id, ...entry, patch });
  return `${stringify({ tenantId, id, ...entry }).slice(0, -1)},"patch":${patch}}`;
}

/** JSON has no integers beyond 2^53; those travel as text. They are rare, and to look at each value takes time. */
function stringify(value: object): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
  }
}
