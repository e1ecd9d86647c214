/**
 * Google's client against a server and subscribers that are killed again and again: publishes messages on 200 ordering
 * keys to an ordered and an exactly-once subscription, which several processes read that give 2 % back. At the end
 * everything must have arrived, in the order of each key, and no acknowledgement may have been confirmed twice.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PubSub, type Topic } from '@google-cloud/pubsub';
import { openPubSubEngine } from '../index.ts';
import { type SoakFindings, Tally } from './tally.ts';

const KEYS = 200;
const BATCH = 2_000;

/** The client's own pauses grow to a minute, which is longer than a server lives here. */
const RETRY = {
  retryCodes: [14],
  backoffSettings: {
    initialRetryDelayMillis: 100,
    retryDelayMultiplier: 1.5,
    maxRetryDelayMillis: 1_000,
    initialRpcTimeoutMillis: 10_000,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: 10_000,
    totalTimeoutMillis: 60_000,
  },
};

export interface SoakOptions {
  messages: number;
  /** Processes that read both subscriptions. */
  subscribers: number;
  /** Seconds between two kills, of the server and of a subscriber in turn. */
  killSeconds: number;
  /** Seconds after which it is given up, with what is missing in the report. */
  giveUpSeconds: number;
  progress?: (line: string) => void;
}

export interface SoakReport extends SoakFindings {
  messages: number;
  serverKills: number;
  subscriberKills: number;
  publishSeconds: number;
  seconds: number;
  /** Messages that the server thinks are not acknowledged, at the end. */
  backlog: number;
}

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const directory = mkdtempSync(join(tmpdir(), 'pubsub-soak-'));
  const world = new World(directory);
  try {
    return await run(world, directory, options);
  } finally {
    await world.end();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function run(world: World, directory: string, options: SoakOptions): Promise<SoakReport> {
  const { messages, progress } = options;
  await world.startServer();
  const client = new PubSub({
    projectId: 'mewayz',
    apiEndpoint: `127.0.0.1:${world.port}`,
    emulatorMode: true,
  });
  const [topic] = await client.createTopic('events');
  await topic.createSubscription('ordered', { enableMessageOrdering: true });
  await topic.createSubscription('once', { enableExactlyOnceDelivery: true });
  for (let n = 0; n < options.subscribers; n += 1) world.startSubscriber();

  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1_000;
  const done = new AbortController();
  const killing = keepKilling(world, options.killSeconds, done.signal);
  const { tally } = world;
  const reporting = setInterval(() => {
    const arrived = `ordered ${tally.arrived('ordered')}, once ${tally.arrived('once')} of ${messages}`;
    progress?.(`${Math.round(elapsed())} s: ${arrived}`);
  }, 10_000);
  await publishAll(topic, messages);
  const publishSeconds = elapsed();
  while (tally.findings(messages).missing > 0 && elapsed() < options.giveUpSeconds) await sleep(200);
  const seconds = elapsed();
  done.abort();
  await killing;
  clearInterval(reporting);
  await client.close();
  const backlog = await settled(world, directory);
  return {
    messages,
    ...world.kills,
    publishSeconds: Math.round(publishSeconds),
    seconds: Math.round(seconds),
    ...tally.findings(messages),
    backlog,
  };
}

/** Once everything arrived the last of it has to be acknowledged too; the engine's file says when it is. */
async function settled(world: World, directory: string): Promise<number> {
  await sleep(3_000);
  await world.end();
  const engine = openPubSubEngine({ directory });
  const { subscriptions } = engine.statistics();
  engine.close();
  return (subscriptions.ordered?.backlog ?? 0) + (subscriptions.once?.backlog ?? 0);
}

async function keepKilling(world: World, seconds: number, signal: AbortSignal): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    await sleep(seconds * 1_000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    if (turn % 2 === 0) await world.killServer();
    else await world.killSubscriber();
  }
}

/** A publish whose answer was lost is repeated, so a number may be in two messages. */
async function publishAll(topic: Topic, total: number): Promise<void> {
  const batching = { maxMessages: 100, maxMilliseconds: 5 };
  topic.setPublishOptions({ messageOrdering: true, batching, gaxOpts: { retry: RETRY } });
  const publish = async (number: number): Promise<void> => {
    const orderingKey = `k${number % KEYS}`;
    for (;;) {
      try {
        await topic.publishMessage({ data: Buffer.from(String(number)), orderingKey });
        return;
      } catch {
        topic.resumePublishing(orderingKey);
        await sleep(50);
      }
    }
  };
  for (let start = 0; start < total; start += BATCH) {
    const size = Math.min(BATCH, total - start);
    await Promise.all(Array.from({ length: size }, (_, index) => publish(start + index)));
  }
}

/** The processes of a soak. */
class World {
  port = 0;
  readonly tally = new Tally();
  readonly kills = { serverKills: 0, subscriberKills: 0 };
  readonly #directory: string;
  #server: ChildProcess | undefined;
  readonly #subscribers: ChildProcess[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  async startServer(): Promise<void> {
    const child = start('../fixtures/server.ts', this.#directory, String(this.port));
    this.#server = child;
    const [line] = await once(linesOf(child), 'line');
    this.port = Number(line);
  }

  startSubscriber(): void {
    const child = start('./subscriber.ts', String(this.port));
    // A line that was cut off by the kill has no end, and so no last word.
    linesOf(child).on('line', (line: string) => {
      if (line.split(' ').length === 6) this.tally.add(line);
    });
    this.#subscribers.push(child);
  }

  async killServer(): Promise<void> {
    await kill(this.#server);
    this.kills.serverKills += 1;
    await this.startServer();
  }

  async killSubscriber(): Promise<void> {
    await kill(this.#subscribers.shift());
    this.kills.subscriberKills += 1;
    this.startSubscriber();
  }

  async end(): Promise<void> {
    await Promise.all([this.#server, ...this.#subscribers.splice(0)].map(kill));
  }
}

function start(file: string, ...args: string[]): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
}

function linesOf({ stdout }: ChildProcess) {
  if (!stdout) throw new Error('The process has no output.');
  return createInterface({ input: stdout });
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
