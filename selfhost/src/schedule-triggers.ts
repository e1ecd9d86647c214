/** Runs functions that were declared with onSchedule, as Cloud Scheduler would call them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Cron } from 'croner';
import { type CloudFunction, numberOption, stringOption } from './discover.ts';
import type { HostLogger } from './host.ts';
import { cronPatterns } from './schedule-syntax.ts';
import { withTimeout } from './timeout.ts';

const DEFAULT_TIMEOUT_SECONDS = 540;

export interface ScheduledFunction {
  /** Ends the schedule and waits for a run that is under way. */
  stop(): Promise<void>;
}

/** Starts the function's schedule. A time that comes while a run or its retries are under way is skipped. */
export function startSchedule(name: string, fn: CloudFunction, logger: HostLogger): ScheduledFunction {
  const trigger = fn.__endpoint.scheduleTrigger;
  const timezone = stringOption(trigger?.timeZone) ?? 'UTC';
  const stopping = new AbortController();
  let current: Promise<void> | undefined;

  function start(): void {
    if (current) {
      logger.warn({ function: name }, 'the previous run is not over; this one is skipped');
      return;
    }
    current = runWithRetries(name, fn, logger, stopping.signal).finally(() => {
      current = undefined;
    });
  }

  const jobs = cronPatterns(stringOption(trigger?.schedule) ?? '').map(
    (pattern) => new Cron(pattern, { timezone }, start),
  );
  return {
    async stop() {
      stopping.abort();
      for (const job of jobs) job.stop();
      await current;
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

async function runWithRetries(
  name: string,
  fn: CloudFunction,
  logger: HostLogger,
  signal: AbortSignal,
): Promise<void> {
  const retries = fn.__endpoint.scheduleTrigger?.retryConfig ?? {};
  const retryCount = numberOption(retries.retryCount) ?? 0;
  const minimum = numberOption(retries.minBackoffSeconds) ?? 5;
  const maximum = numberOption(retries.maxBackoffSeconds) ?? 3_600;
  const maxDoublings = numberOption(retries.maxDoublings) ?? 5;
  const giveUpAt = Date.now() + (numberOption(retries.maxRetrySeconds) || Number.POSITIVE_INFINITY) * 1_000;
  const scheduleTime = new Date().toISOString();

  for (let attempt = 0; ; attempt += 1) {
    const failure = await runOnce(name, fn, scheduleTime);
    if (!failure) return;
    const again = attempt < retryCount && Date.now() < giveUpAt && !signal.aborted;
    logger.error({ err: failure, function: name, attempt: attempt + 1, again }, 'scheduled function failed');
    if (!again) return;
    const seconds = Math.min(maximum, minimum * 2 ** Math.min(attempt, maxDoublings));
    await sleep(seconds * 1_000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

async function runOnce(name: string, fn: CloudFunction, scheduleTime: string): Promise<Error | undefined> {
  const seconds = numberOption(fn.__endpoint.timeoutSeconds) ?? DEFAULT_TIMEOUT_SECONDS;
  try {
    const status = await withTimeout(callScheduled(name, fn, scheduleTime), seconds);
    return status < 300 ? undefined : new Error(`It answered ${status}; its own log entry says why.`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Calls the HTTP handler that onSchedule made, with as much of a request and a response as it uses. */
async function callScheduled(name: string, fn: CloudFunction, scheduleTime: string): Promise<number> {
  const headers: Record<string, string> = {
    'x-cloudscheduler': 'true',
    'x-cloudscheduler-jobname': name,
    'x-cloudscheduler-scheduletime': scheduleTime,
  };
  const header = (key: string) => headers[key.toLowerCase()];
  let code = 200;
  const response = {
    status(next: number) {
      code = next;
      return response;
    },
    send() {
      return response;
    },
  };
  await fn({ method: 'POST', url: '/', headers, header, get: header, body: {} }, response);
  return code;
}
