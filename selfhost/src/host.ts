/**
 * Hosts the exports of any firebase-functions v2 code base in one Express app: HTTP and callable functions behind a
 * route table, Pub/Sub functions on the engine's topics, document functions on the feed of the documents, scheduled
 * functions on a clock, task functions on durable queues. The functions' own `__endpoint` manifest says what each of
 * them is, so there is no second list.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { PubSubEngine } from '@mewayz/emulators/pubsub';
import type { NextFunction, Request, Response } from 'express';
import { BodyError, hasBufferedBody, readBody } from './body.ts';
import { type CloudFunction, type Endpoint, findFunctions } from './discover.ts';
import {
  createDocumentRelay,
  type DocumentFeed,
  documentFunction,
  listensToDocuments,
} from './document-triggers.ts';
import {
  consumeEvents,
  type DeliveryContext,
  type DeliveryOptions,
  type EventFunction,
  prepareSubscriptions,
} from './event-delivery.ts';
import type { HostState } from './host-state.ts';
import { sendProblem } from './problem.ts';
import { createEncoder, listensToTopic, topicFunction } from './pubsub-triggers.ts';
import type { Routes } from './rewrites.ts';
import { forgetful, type ScheduledFunction, startInterval, startSchedule } from './schedule-triggers.ts';
import { createTaskQueue, type TaskQueue } from './task-queues.ts';

const CONSUMER_RESTART_DELAY = 1_000;

/** The part of pino that the host uses. */
export interface HostLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface HostOptions {
  /** Which function serves a path; `routesOf(firebaseJson)` makes one. */
  routes: Routes;
  logger: HostLogger;
  projectId: string;
  /** Needed by functions that listen to topics or documents. */
  pubsub?: PubSubEngine;
  /** Needed by functions that listen to documents. */
  documents?: DocumentFeed;
  delivery?: DeliveryOptions;
  /** Needed by task functions, and by schedules that are to catch up on what they miss while the host is down. */
  state?: HostState;
  /** True for a function whose trigger something else takes care of. One that cannot be hosted is an error. */
  ignore?: (name: string, endpoint: Endpoint) => boolean;
  /** Seconds between the calls of scheduled functions that are not to wait for their cron here; calls may overlap. */
  intervals?: Readonly<Record<string, number>>;
  /** False leaves scheduled functions at rest, for a second process on the same data. */
  schedules?: boolean;
}

export interface FunctionHost {
  /** Express middleware: serves the paths of the route table and passes on the others. Sets `res.locals.function`. */
  handle(request: Request, response: Response, next: NextFunction): void;
  /** Every hosted function's name. */
  functions: string[];
  /** The queues of the task functions, by function; `serveTasks` opens them to firebase-admin. */
  tasks: ReadonlyMap<string, TaskQueue>;
  /** Starts consuming topics and queues, and the schedules. Topics and subscriptions exist before. */
  start(): void;
  /**
   * Ends schedules and consumers; resolves when their running handlers are done, or after `graceMs`. A message or a
   * task whose handler is abandoned comes again after the next start.
   */
  stop(graceMs: number): Promise<void>;
}

/** Functions whose trigger this host does not know. */
export class UnsupportedTriggerError extends Error {
  constructor(functions: string[]) {
    super(`These functions have triggers that cannot be hosted here: ${functions.join(', ')}.`);
    this.name = 'UnsupportedTriggerError';
  }
}

/** Throws an UnsupportedTriggerError that names every function which it cannot host. */
export function hostFunctions(exports: object, options: HostOptions): FunctionHost {
  const groups = sortByTrigger(findFunctions(exports), options);
  const { routes, logger } = options;
  const stopping = new AbortController();
  const consumers: Promise<void>[] = [];
  let schedules: ScheduledFunction[] = [];
  const encode = createEncoder();
  const events = new Map<string, EventFunction>([
    ...[...groups.topics].map(([name, fn]) => [name, topicFunction(name, fn, encode)] as const),
    ...[...groups.documents].map(([name, fn]) => [name, documentFunction(name, fn)] as const),
  ]);
  const context = events.size > 0 ? deliveryContext(options) : undefined;
  if (context) prepareSubscriptions(events, context);
  const documents =
    context && options.documents && createDocumentRelay(groups.documents, options.documents, context);
  const tasks = new Map([...groups.tasks].map(([name, fn]) => [name, queueOf(name, fn, options)]));
  const keep = (name: string, consume: () => Promise<void>) =>
    consumers.push(keepConsuming(name, consume, logger, stopping.signal));

  return {
    functions: Object.values(groups).flatMap((group) => [...group.keys()]),
    tasks,
    handle(request, response, next) {
      const { url } = request;
      const query = url.indexOf('?');
      const route = routes(query < 0 ? url : url.slice(0, query));
      const fn = route && groups.http.get(route.function);
      if (!fn) {
        next();
        return;
      }
      response.locals.function = route.function;
      if (hasBufferedBody(request)) readThenInvoke(fn, request, response, next);
      else invoke(fn, request, response, next);
    },
    start() {
      if (context) {
        for (const [name, fn] of events) keep(name, () => consumeEvents(name, fn, context, stopping.signal));
      }
      if (documents) keep('document triggers', () => documents.run(stopping.signal));
      for (const [name, queue] of tasks) keep(name, () => queue.run(stopping.signal));
      if (options.schedules === false) return;
      schedules = [...groups.schedules].map(([name, fn]) => {
        const seconds = options.intervals?.[name];
        return seconds === undefined
          ? startSchedule(name, fn, logger, options.state ?? forgetful)
          : startInterval(name, fn, seconds, logger);
      });
    },
    async stop(graceMs) {
      stopping.abort();
      const ended = Promise.all([...consumers, ...schedules.map((schedule) => schedule.stop())]);
      await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
    },
  };
}

function sortByTrigger(functions: Map<string, CloudFunction>, options: HostOptions) {
  const http = new Map<string, CloudFunction>();
  const topics = new Map<string, CloudFunction>();
  const documents = new Map<string, CloudFunction>();
  const schedules = new Map<string, CloudFunction>();
  const tasks = new Map<string, CloudFunction>();
  const unsupported: string[] = [];
  for (const [name, fn] of functions) {
    const endpoint = fn.__endpoint;
    if (options.ignore?.(name, endpoint)) continue;
    if (endpoint.httpsTrigger || endpoint.callableTrigger) http.set(name, fn);
    else if (endpoint.scheduleTrigger) schedules.set(name, fn);
    else if (endpoint.taskQueueTrigger) tasks.set(name, fn);
    else if (listensToTopic(endpoint)) topics.set(name, fn);
    else if (options.documents && listensToDocuments(endpoint)) documents.set(name, fn);
    else unsupported.push(`${name} (${kindOf(endpoint)})`);
  }
  if (unsupported.length > 0) throw new UnsupportedTriggerError(unsupported);
  return { http, topics, documents, schedules, tasks };
}

function kindOf(endpoint: Endpoint): string {
  if (endpoint.eventTrigger) return endpoint.eventTrigger.eventType;
  return Object.keys(endpoint).find((key) => key.endsWith('Trigger')) ?? 'no trigger';
}

function deliveryContext({ pubsub, projectId, logger, delivery = {} }: HostOptions): DeliveryContext {
  if (!pubsub) throw new Error('Functions listen to events, but the host was given no Pub/Sub engine.');
  return { pubsub, projectId, logger, delivery };
}

function readThenInvoke(fn: CloudFunction, request: Request, response: Response, next: NextFunction): void {
  readBody(request).then(
    () => invoke(fn, request, response, next),
    (error: unknown) => {
      if (error instanceof BodyError) sendProblem(response, error.code, error.message);
      else next(error);
    },
  );
}

function invoke(fn: CloudFunction, request: Request, response: Response, next: NextFunction): void {
  const fail = (error: unknown) => (response.headersSent ? response.destroy() : next(error));
  try {
    Promise.resolve(fn(request, response)).catch(fail);
  } catch (error) {
    fail(error);
  }
}

function queueOf(name: string, fn: CloudFunction, { state, logger }: HostOptions): TaskQueue {
  if (!state) throw new Error(`The task function ${name} needs a host with a state.`);
  return createTaskQueue(name, fn, state.tasks, logger);
}

/** A consumer ends early only when the store fails, for instance on a full disk; then it tries again. */
async function keepConsuming(
  name: string,
  consume: () => Promise<void>,
  logger: HostLogger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await consume();
    } catch (error) {
      logger.error({ err: error, function: name }, 'consuming stopped and starts again');
      await sleep(CONSUMER_RESTART_DELAY, undefined, { signal }).catch(() => undefined);
    }
  }
}
