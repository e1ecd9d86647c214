/** Runs functions that were declared with onSchedule, as Cloud Scheduler would call them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { callFunction } from './call-function.ts';
import { type CloudFunction, numberOption, stringOption } from './discover.ts';
import type { HostLogger } from './host.ts';
import type { HostState } from './host-state.ts';
import { scheduleTimes } from './schedule-times.ts';
import { withTimeout } from './timeout.ts';

const DEFAULT_TIMEOUT_SECONDS = 540;
/** Longest time between two looks at the clock, which may have been set, or have slept with the machine. */
const MAX_SLEEP = 30_000;

export interface ScheduledFunction {
  /** Ends the schedule and waits for a run that is under way. */
  stop(): Promise<void>;
}

/** What a schedule remembers across restarts. */
export type RunMemory = Pick<HostState, 'lastRun' | 'recordRun'>;

/** Remembers nothing: a process that starts has missed nothing. */
export const forgetful: RunMemory = { lastRun: () => undefined, recordRun: () => undefined };

/**
 * Starts the function's schedule. Runs do not overlap: of the times that come during a run and its retries, or while
 * the server is down, the newest is run as soon as it can be, once. Throws a ScheduleError.
 */
export function startSchedule(
  name: string,
  fn: CloudFunction,
  logger: HostLogger,
  memory: RunMemory,
): ScheduledFunction {
  const trigger = fn.__endpoint.scheduleTrigger;
  const timezone = stringOption(trigger?.timeZone) ?? 'UTC';
  const times = scheduleTimes(stringOption(trigger?.schedule) ?? '', timezone);
  const stopping = new AbortController();
  const { signal } = stopping;

  function record(time: number): number {
    try {
      memory.recordRun(name, time);
    } catch (error) {
      // The disk may be full. The run is not repeated in this process, but may be in the next.
      logger.error({ err: error, function: name }, 'the time of a run could not be stored');
    }
    return time;
  }

  async function run(): Promise<void> {
    let last = memory.lastRun(name) ?? record(Date.now());
    while (!signal.aborted) {
      const now = Date.now();
      // A clock that was set back must not silence the schedule until it has caught up.
      last = Math.min(last, now);
      const due = times.newest(now);
      if (due !== undefined && due > last) {
        const ended = await runWithRetries(name, fn, due, logger, signal);
        if (ended) last = record(due);
      } else {
        const pause = Math.min(MAX_SLEEP, times.next(now) - now);
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** After a failure the calls pause, so that a full disk does not fill the log too. */
const PAUSE_AFTER_FAILURE = 5_000;

/** Calls the function every so many seconds instead. A call that takes long does not hold up the next one. */
export function startInterval(
  name: string,
  fn: CloudFunction,
  seconds: number,
  logger: HostLogger,
): ScheduledFunction {
  const calls = new Set<Promise<void>>();
  let pausedUntil = 0;

  async function call(): Promise<void> {
    const failure = await runOnce(name, fn, new Date().toISOString());
    if (!failure) return;
    pausedUntil = Date.now() + PAUSE_AFTER_FAILURE;
    logger.error({ err: failure, function: name }, 'scheduled function failed');
  }

  const timer = setInterval(() => {
    if (Date.now() < pausedUntil) return;
    const made = call().finally(() => calls.delete(made));
    calls.add(made);
  }, seconds * 1_000);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(calls);
    },
  };
}

/** False when the host stopped before the run succeeded or was given up. */
async function runWithRetries(
  name: string,
  fn: CloudFunction,
  time: number,
  logger: HostLogger,
  signal: AbortSignal,
): Promise<boolean> {
  const retries = fn.__endpoint.scheduleTrigger?.retryConfig ?? {};
  const retryCount = numberOption(retries.retryCount) ?? 0;
  const minimum = numberOption(retries.minBackoffSeconds) ?? 5;
  const maximum = numberOption(retries.maxBackoffSeconds) ?? 3_600;
  const maxDoublings = numberOption(retries.maxDoublings) ?? 5;
  const giveUpAt = Date.now() + (numberOption(retries.maxRetrySeconds) || Number.POSITIVE_INFINITY) * 1_000;
  const scheduleTime = new Date(time).toISOString();

  for (let attempt = 0; ; attempt += 1) {
    const failure = await runOnce(name, fn, scheduleTime);
    if (!failure) return true;
    const again = attempt < retryCount && Date.now() < giveUpAt;
    logger.error({ err: failure, function: name, attempt: attempt + 1, again }, 'scheduled function failed');
    if (!again) return true;
    const seconds = Math.min(maximum, minimum * 2 ** Math.min(attempt, maxDoublings));
    await sleep(seconds * 1_000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
  }
}

async function runOnce(name: string, fn: CloudFunction, scheduleTime: string): Promise<Error | undefined> {
  const seconds = numberOption(fn.__endpoint.timeoutSeconds) ?? DEFAULT_TIMEOUT_SECONDS;
  const headers = {
    'x-cloudscheduler': 'true',
    'x-cloudscheduler-jobname': name,
    'x-cloudscheduler-scheduletime': scheduleTime,
  };
  try {
    const status = await withTimeout(callFunction(fn, headers, {}), seconds);
    return status < 300 ? undefined : new Error(`It answered ${status}; its own log entry says why.`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
