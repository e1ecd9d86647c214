/** Dispatches the tasks of functions that were declared with onTaskDispatched, as Cloud Tasks would. */

import { setTimeout as sleep } from 'node:timers/promises';
import { callFunction } from './call-function.ts';
import { type CloudFunction, numberOption } from './discover.ts';
import type { HostLogger } from './host.ts';
import type { NewTask, StoredTask, TaskStore } from './task-store.ts';
import { withTimeout } from './timeout.ts';

/** The settings that `firebase deploy` gives a queue: https://firebase.google.com/docs/functions/task-functions */
const DEFAULTS = {
  maxConcurrentDispatches: 1_000,
  maxDispatchesPerSecond: 500,
  maxAttempts: 3,
  minBackoffSeconds: 0.1,
  maxBackoffSeconds: 3_600,
  maxDoublings: 16,
};
const DEFAULT_TIMEOUT_SECONDS = 540;
/** Dispatches that were possible this long ago, in ms, may still be caught up on. */
const BURST = 100;
const MAX_BATCH = 100;
/** Longest time between two looks at the clock, which may have been set. */
const MAX_SLEEP = 30_000;

/** A token as the caller of a queue has one; the functions SDK decodes it without looking at the signature. */
const TOKEN = [
  { alg: 'none', typ: 'JWT' },
  { sub: 'selfhost', email: 'selfhost@localhost' },
]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('selfhost')
  .join('.');

export interface TaskQueue {
  /** Stores a task. Throws a TaskExistsError. */
  add(task: Omit<NewTask, 'queue'>): void;
  /** Removes a task; what runs of it goes on. False when there is none. */
  remove(name: string): boolean;
  /** Dispatches until the signal aborts and what runs is over. Rejects when the store fails. */
  run(signal: AbortSignal): Promise<void>;
}

export function createTaskQueue(
  queue: string,
  fn: CloudFunction,
  store: TaskStore,
  logger: HostLogger,
): TaskQueue {
  const limits = limitsOf(fn);
  const running = new Set<Promise<void>>();
  let wake: (() => void) | undefined;
  /** When the next dispatch keeps to the rate, in ms. */
  let allowedAt = 0;

  async function dispatch(task: StoredTask): Promise<void> {
    const failure = await attempt(queue, fn, task);
    if (!failure) {
      store.end(queue, task.name);
      return;
    }
    const attempts = task.attempts + 1;
    const again = mayRetry(limits, attempts, Date.now() - (task.firstAttemptAt || Date.now()));
    const fields = { err: failure.error, function: queue, task: task.name, attempt: attempts, again };
    logger.error(fields, 'task failed');
    if (again) store.again(task, Date.now() + backoff(limits, attempts) * 1_000, failure.status);
    else store.end(queue, task.name);
  }

  /** Starts what may start now; returns when to look again, in ms. */
  function dispatchDue(broken: unknown[]): number {
    const now = Date.now();
    const interval = 1_000 / limits.maxDispatchesPerSecond;
    allowedAt = Math.max(allowedAt, now - BURST);
    const byRate = Math.floor((now - allowedAt) / interval) + 1;
    const free = Math.min(MAX_BATCH, limits.maxConcurrentDispatches - running.size, byRate);
    for (const task of free > 0 ? store.due(queue, now, free) : []) {
      store.begin(task);
      allowedAt += interval;
      const work = dispatch(task)
        .catch((error: unknown) => broken.push(error))
        .then(() => {
          running.delete(work);
          wake?.();
        });
      running.add(work);
    }
    if (running.size >= limits.maxConcurrentDispatches) return Number.POSITIVE_INFINITY;
    return Math.max(allowedAt, store.nextDue(queue) ?? Number.POSITIVE_INFINITY);
  }

  return {
    add(task) {
      store.add({ ...task, queue });
      wake?.();
    },
    remove: (name) => store.end(queue, name),
    async run(signal) {
      const broken: unknown[] = [];
      // What an earlier process, or one that could not write, was about.
      store.recover(queue);
      try {
        while (!signal.aborted && broken.length === 0) {
          const woken = new AbortController();
          wake = () => woken.abort();
          const pause = Math.max(0, Math.min(MAX_SLEEP, dispatchDue(broken) - Date.now()));
          const either = AbortSignal.any([signal, woken.signal]);
          await sleep(pause, undefined, { signal: either }).catch(() => undefined);
        }
      } finally {
        await Promise.all(running);
      }
      if (broken.length > 0) throw broken[0];
    },
  };
}

interface Failure {
  error: unknown;
  /** Undefined when the function gave no answer in time. */
  status: number | undefined;
}

/** The headers are those that Cloud Tasks sends: https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks */
async function attempt(queue: string, fn: CloudFunction, task: StoredTask): Promise<Failure | undefined> {
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    ...task.headers,
    'content-type': 'application/json',
    'x-cloudtasks-queuename': queue,
    'x-cloudtasks-taskname': task.name,
    'x-cloudtasks-taskretrycount': String(task.attempts),
    'x-cloudtasks-taskexecutioncount': String(task.answers),
    'x-cloudtasks-tasketa': String(task.scheduledAt / 1_000),
    ...(task.lastStatus > 0 && { 'x-cloudtasks-taskpreviousresponse': String(task.lastStatus) }),
  };
  const timeout = numberOption(fn.__endpoint.timeoutSeconds) ?? DEFAULT_TIMEOUT_SECONDS;
  try {
    const seconds = Math.min(timeout, task.deadline / 1_000);
    const status = await withTimeout(callFunction(fn, headers, task.body), seconds);
    if (status < 300) return undefined;
    return { error: new Error(`It answered ${status}; its own log entry says why.`), status };
  } catch (error) {
    return { error, status: undefined };
  }
}

type Limits = typeof DEFAULTS & { maxRetrySeconds: number };

function limitsOf(fn: CloudFunction): Limits {
  const { rateLimits = {}, retryConfig = {} } = fn.__endpoint.taskQueueTrigger ?? {};
  const declared = Object.entries({ ...rateLimits, ...retryConfig }).flatMap(([name, option]) => {
    const value = numberOption(option);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...DEFAULTS, maxRetrySeconds: 0, ...Object.fromEntries(declared) };
}

/** Of a number of attempts (−1 is none) and a time, each that is given has to be used up before a task is given up. */
function mayRetry({ maxAttempts, maxRetrySeconds }: Limits, attempts: number, age: number): boolean {
  const byAttempts = maxAttempts >= 0;
  const byTime = maxRetrySeconds > 0;
  if (!byAttempts && !byTime) return true;
  return (byAttempts && attempts < maxAttempts) || (byTime && age < maxRetrySeconds * 1_000);
}

/** Seconds: doubled `maxDoublings` times, then growing by the last step. */
function backoff({ minBackoffSeconds, maxBackoffSeconds, maxDoublings }: Limits, attempts: number): number {
  const doublings = Math.min(attempts - 1, maxDoublings);
  const steps = attempts - doublings;
  return Math.min(maxBackoffSeconds, minBackoffSeconds * 2 ** doublings * steps);
}
