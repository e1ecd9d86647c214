/**
 * The part of the Cloud Tasks API that firebase-admin's `getFunctions().taskQueue(name)` uses with
 * `CLOUD_TASKS_EMULATOR_HOST`: https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { type HttpServer, serve } from './serve.ts';
import type { TaskQueue } from './task-queues.ts';
import { TaskExistsError } from './task-store.ts';

/** Cloud Tasks takes tasks of a megabyte. */
const MAX_TASK_BYTES = 1024 * 1024;
const DEFAULT_DEADLINE_SECONDS = 600;

const request = z.object({
  task: z.object({
    name: z.string().optional(),
    scheduleTime: z.iso.datetime({ offset: true }).optional(),
    dispatchDeadline: z
      .string()
      .regex(/^\d+(\.\d+)?s$/)
      .optional(),
    httpRequest: z.object({
      headers: z.record(z.string(), z.string()).default({}),
      body: z
        .base64()
        .transform((text) => JSON.parse(Buffer.from(text, 'base64').toString('utf8')))
        .pipe(z.object({ data: z.unknown() })),
    }),
  }),
});

const STATUS = {
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  INTERNAL: 500,
} as const;

class DoorError extends Error {
  readonly status: keyof typeof STATUS;

  constructor(status: DoorError['status'], message: string) {
    super(message);
    this.name = 'DoorError';
    this.status = status;
  }
}

export interface TaskDoor {
  /** What `CLOUD_TASKS_EMULATOR_HOST` has to be. */
  host: string;
  close(): Promise<void>;
}

/** Serves the queues on this machine, to those who know the host: a secret is part of it. */
export async function serveTasks(queues: ReadonlyMap<string, TaskQueue>): Promise<TaskDoor> {
  const secret = randomUUID();
  const http: HttpServer = await serve(
    (incoming, response) => {
      handle(queues, secret, incoming).then(
        (answer) => send(response, 200, answer),
        (error: unknown) => sendError(response, error),
      );
    },
    0,
    '127.0.0.1',
  );
  return { host: `${new URL(http.url).host}/${secret}`, close: () => http.stop(1_000) };
}

async function handle(
  queues: ReadonlyMap<string, TaskQueue>,
  secret: string,
  incoming: IncomingMessage,
): Promise<object> {
  const path =
    /^\/([^/]+)\/(projects\/[^/]+\/locations\/[^/]+\/queues\/([^/]+)\/tasks)(?:\/([\w-]{1,500}))?$/.exec(
      incoming.url ?? '',
    );
  const [, given, parent, queueName = '', taskName] = path ?? [];
  const queue = given === secret ? queues.get(queueName) : undefined;
  if (!queue) throw new DoorError('NOT_FOUND', `There is no task queue ${queueName}.`);
  if (incoming.method === 'DELETE' && taskName) {
    if (!queue.remove(taskName)) throw new DoorError('NOT_FOUND', `There is no task ${taskName}.`);
    return {};
  }
  if (incoming.method !== 'POST' || taskName) throw new DoorError('NOT_FOUND', 'There is no such method.');
  return { name: `${parent}/${await create(queue, incoming)}` };
}

async function create(queue: TaskQueue, incoming: IncomingMessage): Promise<string> {
  const { task } = await read(incoming);
  const { scheduleTime, dispatchDeadline = `${DEFAULT_DEADLINE_SECONDS}s`, httpRequest } = task;
  const name = task.name?.split('/').at(-1) ?? randomUUID();
  const headers = Object.entries(httpRequest.headers).map(([key, value]) => [key.toLowerCase(), value]);
  queue.add({
    name,
    scheduledAt: Math.max(Date.now(), scheduleTime ? Date.parse(scheduleTime) : 0),
    deadline: Number.parseFloat(dispatchDeadline) * 1_000,
    headers: Object.fromEntries(headers),
    body: httpRequest.body,
  });
  return name;
}

async function read(incoming: IncomingMessage): Promise<z.output<typeof request>> {
  if (!(Number(incoming.headers['content-length']) <= MAX_TASK_BYTES)) {
    throw new DoorError('INVALID_ARGUMENT', `A task has at most ${MAX_TASK_BYTES} bytes.`);
  }
  try {
    return request.parse(await json(incoming));
  } catch (error) {
    const details = error instanceof z.ZodError ? z.prettifyError(error) : 'It is not JSON.';
    throw new DoorError('INVALID_ARGUMENT', `The task could not be read. ${details}`);
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  const status =
    error instanceof TaskExistsError
      ? 'ALREADY_EXISTS'
      : error instanceof DoorError
        ? error.status
        : 'INTERNAL';
  const message =
    status === 'INTERNAL' || !(error instanceof Error) ? 'The task queue failed.' : error.message;
  send(response, STATUS[status], { error: { code: STATUS[status], status, message } });
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
