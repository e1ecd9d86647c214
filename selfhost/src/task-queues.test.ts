import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeApp } from 'firebase-admin/app';
import { getFunctions, type TaskQueue } from 'firebase-admin/functions';
import { onTaskDispatched } from 'firebase-functions/v2/tasks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FunctionHost, hostFunctions } from './host.ts';
import { type HostState, openHostState } from './host-state.ts';
import { serveTasks, type TaskDoor } from './task-door.ts';

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

let directory: string;
let state: HostState;
let host: FunctionHost | undefined;
let door: TaskDoor | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tasks-'));
  state = openHostState(directory);
});

afterEach(async () => {
  await close();
  rmSync(directory, { recursive: true, force: true });
});

async function close(): Promise<void> {
  await host?.stop(500);
  await door?.close();
  state.close();
}

async function reopen(exports: object): Promise<void> {
  await close();
  state = openHostState(directory);
  await open(exports);
}

/** Serves the functions and gives firebase-admin's queue of the one called `work`. Not started. */
async function open(exports: object): Promise<TaskQueue<unknown>> {
  host = hostFunctions(exports, { routes: () => undefined, logger, projectId: 'mewayz', state });
  door = await serveTasks(host.tasks);
  process.env.CLOUD_TASKS_EMULATOR_HOST = door.host;
  return getFunctions(initializeApp({ projectId: 'mewayz' }, door.host)).taskQueue('work');
}

it('dispatches what firebase-admin enqueues, with the context that Cloud Tasks gives', async () => {
  const seen: unknown[] = [];
  const work = onTaskDispatched<{ n: number }>((request) => {
    seen.push({
      data: request.data,
      queue: request.queueName,
      id: request.id,
      retries: request.retryCount,
      uid: request.auth?.uid,
      own: request.headers?.['x-own'],
    });
  });
  const queue = await open({ work });
  host?.start();
  await queue.enqueue({ n: 1 }, { id: 'first', headers: { 'X-Own': 'yes' } });
  await eventually(() => seen).toEqual([
    { data: { n: 1 }, queue: 'work', id: 'first', retries: 0, uid: 'selfhost', own: 'yes' },
  ]);
});

it('makes a task once for an id, also after it ended, and deletes what has not run', async () => {
  const seen: unknown[] = [];
  const queue = await open({ work: onTaskDispatched((request) => void seen.push(request.data)) });
  host?.start();
  await queue.enqueue('once', { id: 'a' });
  await eventually(() => seen).toEqual(['once']);
  await expect(queue.enqueue('twice', { id: 'a' })).rejects.toMatchObject({
    code: 'functions/task-already-exists',
  });
  await queue.enqueue('never', { id: 'b', scheduleDelaySeconds: 3_600 });
  await queue.delete('b');
  await queue.enqueue('later', { id: 'c' });
  await eventually(() => seen).toEqual(['once', 'later']);
});

it('keeps tasks over a restart, and repeats those whose handler never ended', async () => {
  const seen: string[] = [];
  const hang = onTaskDispatched<string>((request) => {
    seen.push(`begun ${request.data}`);
    return new Promise(() => undefined);
  });
  const queue = await open({ work: hang });
  const soon = new Date(Date.now() + 300);
  await queue.enqueue('now');
  await queue.enqueue('soon', { scheduleTime: soon });
  host?.start();
  await eventually(() => seen.length).toBe(2);
  await host?.stop(10);
  await reopen({
    work: onTaskDispatched<string>((request) => {
      seen.push(`${request.data} ${request.retryCount} ${request.scheduledTime}`);
    }),
  });
  host?.start();
  await eventually(() =>
    seen
      .slice(2)
      .map((line) => line.slice(0, 6))
      .toSorted(),
  ).toEqual(['now 1 ', 'soon 1']);
  expect(seen).toContain(`soon 1 ${soon.getTime() / 1_000}`);
});

it('retries as declared, then gives up; failed tasks hold up no other', async () => {
  const attempts: string[] = [];
  const work = onTaskDispatched<string>(
    { retryConfig: { maxAttempts: 3, minBackoffSeconds: 0.01, maxBackoffSeconds: 0.02 } },
    (request) => {
      attempts.push(request.data);
      if (request.data === 'bad') throw new Error('refused');
      if (request.data === 'shy' && request.retryCount === 0) throw new Error('not yet');
    },
  );
  const queue = await open({ work });
  host?.start();
  await Promise.all(['bad', 'shy', 'good'].map((data) => queue.enqueue(data)));
  await eventually(() => attempts.toSorted()).toEqual(['bad', 'bad', 'bad', 'good', 'shy', 'shy']);
  await eventually(() => state.tasks.nextDue('work')).toBeUndefined();
});

it('keeps to the concurrency of its queue', async () => {
  let running = 0;
  let most = 0;
  let done = 0;
  const work = onTaskDispatched({ rateLimits: { maxConcurrentDispatches: 2 } }, async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running -= 1;
    done += 1;
  });
  const queue = await open({ work });
  await Promise.all(Array.from({ length: 12 }, (_, n) => queue.enqueue(n)));
  host?.start();
  await eventually(() => done).toBe(12);
  expect(most).toBe(2);
});

it('refuses strangers, unknown queues and tasks that cannot be read', async () => {
  await open({ work: onTaskDispatched(() => undefined) });
  const [address, secret] = (door?.host ?? '').split('/');
  const post = (path: string, body: string) =>
    fetch(`http://${address}/${path}`, { method: 'POST', body }).then((response) => response.status);
  const task = JSON.stringify({ task: { httpRequest: { body: btoa('{"data":1}') } } });
  const tasks = 'projects/mewayz/locations/us-central1/queues/work/tasks';
  expect(await post(`${secret}/${tasks}`, task)).toBe(200);
  expect(await post(tasks, task)).toBe(404);
  expect(await post(`guess/${tasks}`, task)).toBe(404);
  expect(await post(`${secret}/${tasks.replace('work', 'other')}`, task)).toBe(404);
  expect(await post(`${secret}/${tasks}`, '{}')).toBe(400);
  expect(await post(`${secret}/${tasks}`, task.replace(btoa('{"data":1}'), btoa('{')))).toBe(400);
  expect(await post(`${secret}/${tasks}`, ' '.repeat(2 * 1024 * 1024))).toBe(400);
});
