import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPubSubEngine } from './index.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pubsub-crash-'));
  const engine = openPubSubEngine({ directory });
  engine.createTopic('numbers');
  engine.createSubscription({ name: 'readers', topic: 'numbers', enableMessageOrdering: true });
  engine.close();
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a fixture until it ends, or has printed `lines` lines and is killed. Returns the whole lines it printed. */
async function run(fixture: string, lines = Number.POSITIVE_INFINITY): Promise<string[]> {
  const path = fileURLToPath(new URL(`./fixtures/${fixture}.ts`, import.meta.url));
  const child = spawn(process.execPath, [path, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.split('\n').length > lines) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return output.split('\n').slice(0, -1);
}

it('loses nothing and repeats only what was in hand when publisher and consumer are killed', {
  timeout: 60_000,
}, async () => {
  let published = 0;
  for (let round = 0; round < 4; round += 1) {
    const printed = await run('publisher', 150);
    expect(Number(printed[0])).toBeGreaterThan(published);
    published = Number(printed.at(-1));
  }

  const handled: string[] = [];
  for (let round = 0; round < 4; round += 1) handled.push(...(await run('consumer', 60)));
  handled.push(...(await run('consumer')));

  const engine = openPubSubEngine({ directory });
  const total = Number(engine.cursor('numbers'));
  expect(engine.statistics().subscriptions.readers?.backlog).toBe(0);
  engine.close();

  // Every number up to the cursor arrived, exactly those, and no acknowledged one came twice within one life.
  expect(total).toBeGreaterThanOrEqual(published);
  const byKey = new Map<string, number[]>();
  for (const line of handled) {
    const [key = '', number] = line.split(' ');
    byKey.set(key, [...(byKey.get(key) ?? []), Number(number)]);
  }
  const distinct = new Set([...byKey.values()].flat());
  expect([...distinct].sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  expect(handled.length - distinct.size).toBeLessThan(4 * 16);
  for (const numbers of byKey.values()) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});

it('parks a message that kills every process which handles it', { timeout: 60_000 }, async () => {
  const open = () => openPubSubEngine({ directory });
  const setUp = open();
  setUp.createTopic('dead');
  setUp.createSubscription({ name: 'parked', topic: 'dead' });
  setUp.createSubscription({
    name: 'fragile',
    topic: 'numbers',
    enableMessageOrdering: true,
    deadLetterPolicy: { deadLetterTopic: 'dead', maxDeliveryAttempts: 2 },
  });
  for (const text of ['poison', 'harmless']) {
    setUp.publish('numbers', [{ data: Buffer.from(text), orderingKey: 'k' }]);
  }
  setUp.close();

  for (let life = 0; life < 2; life += 1) expect(await run('fragile')).toEqual(['poison']);
  expect(await run('fragile')).toEqual(['harmless']);
  const engine = open();
  expect(engine.deadLetters('parked').map(({ data }) => Buffer.from(data).toString())).toEqual(['poison']);
  engine.close();
});
