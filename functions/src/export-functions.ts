import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { type CloudEvent, type CloudFunction, setGlobalOptions } from 'firebase-functions/v2';
import {
  type FirestoreEvent,
  onDocumentCreated,
  type QueryDocumentSnapshot,
} from 'firebase-functions/v2/firestore';
import { type HttpsFunction, onRequest, type Request } from 'firebase-functions/v2/https';
import { type MessagePublishedData, onMessagePublished } from 'firebase-functions/v2/pubsub';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { toChange } from './kernel/changes/change.ts';
import { CHANGES_TOPIC, createMessageReader } from './kernel/changes/change-message.ts';
import { mayConcern, runSubscriber } from './kernel/changes/subscribe.ts';
import type { App } from './kernel/context.ts';
import { ServerTime } from './kernel/ports/documents.ts';
import type { Registry } from './kernel/registry.ts';
import type { IncomingRequest, OutgoingResponse } from './kernel/requests/http.ts';
import type { Operation } from './kernel/requests/operation.ts';
import { httpFunctions } from './kernel/requests/operations.ts';
import { handleRequest } from './kernel/requests/run-operation.ts';
import { createSystemContext } from './kernel/scope.ts';

/** Functions by name segments: `crm-contacts-merge` is at `crm.contacts.merge`, as the Functions Framework looks it up. */
export interface FunctionTree {
  [name: string]: FunctionTree | AnyFunction;
}
type AnyFunction = HttpsFunction | CloudFunction<CloudEvent<unknown>>;

/**
 * One Cloud Function a collection, custom endpoint, subscriber and schedule.
 * @param running the platform, made when the first function is called
 */
export function exportFunctions(registry: Registry, running: () => Promise<App>): FunctionTree {
  setGlobalOptions({ region: 'europe-west1', memory: '512MiB', concurrency: 80 });
  const tree: FunctionTree = {};
  const names: string[] = [];
  const add = (name: string, made: AnyFunction): void => {
    names.push(name);
    place(tree, name, made);
  };
  const read = createMessageReader();
  for (const [name, operations] of httpFunctions(registry)) add(name, httpFunction(running, operations));
  for (const subscriber of registry.subscribers)
    add(
      dashed(subscriber.name),
      onMessagePublished(
        { topic: CHANGES_TOPIC, retry: true, timeoutSeconds: 540 },
        async (event: CloudEvent<MessagePublishedData>) => {
          const { messageId, data } = event.data.message;
          const message = read(messageId, data);
          if (mayConcern(subscriber.on, message.text))
            await runSubscriber(await running(), subscriber, message.changes());
        },
      ),
    );
  for (const schedule of registry.schedules)
    add(
      dashed(schedule.name),
      onSchedule(
        { schedule: schedule.cron, timeZone: 'UTC', retryCount: 3, timeoutSeconds: 540 },
        async () => {
          const app = await running();
          await schedule.handle(createSystemContext(app, app.ids.next('run'), schedule.name));
        },
      ),
    );
  listHidden(tree, names);
  return tree;
}

/** In the cloud a Firestore trigger relays each change to the bus; on one server the host reads the engine's log. */
export const relayFunction = (
  running: () => Promise<App>,
): CloudFunction<FirestoreEvent<QueryDocumentSnapshot | undefined>> =>
  onDocumentCreated({ document: 'tenants/{tenantId}/changes/{changeId}', retry: true }, async (event) => {
    const data = event.data?.data();
    if (!data) return;
    const { tenantId = '', changeId = '' } = event.params as Record<string, string>;
    const app = await running();
    await app.ports.bus.publish(tenantId, [
      toChange(tenantId, changeId, { ...data, at: new ServerTime(data.at.toDate().toISOString()) }),
    ]);
  });

const dashed = (name: string): string => name.replaceAll('.', '-');

/** Puts a function at its path. A function may stand where another's path goes on: then that one is its property. */
function place(tree: FunctionTree, name: string, made: AnyFunction): void {
  const parts = name.split('-');
  const last = parts.pop() ?? '';
  const parent = parts.reduce((at, part) => {
    at[part] ??= {};
    return at[part] as FunctionTree;
  }, tree);
  parent[last] = Object.assign(made, parent[last]);
}

/** Discovery does not look inside functions, so functions below one are also listed in their group by dashed name. */
function listHidden(tree: FunctionTree, names: readonly string[]): void {
  for (const name of names) {
    const [first = '', ...parts] = name.split('-');
    const group = tree[first] as FunctionTree;
    let at: FunctionTree | AnyFunction = group;
    let hidden = false;
    for (const part of parts) {
      hidden ||= typeof at === 'function';
      at = (at as FunctionTree)[part] as FunctionTree | AnyFunction;
    }
    if (hidden) group[parts.join('-')] = at;
  }
}

function httpFunction(running: () => Promise<App>, operations: readonly Operation[]): HttpsFunction {
  const streams = operations.some(({ body }) => body === 'stream');
  return onRequest(
    { invoker: 'public', ...(streams ? { timeoutSeconds: 540 } : {}) },
    async (request, response) => {
      const app = await running();
      await send(
        await handleRequest(app, operations, incoming(request, response)),
        response,
        request.method === 'HEAD',
      );
    },
  );
}

function incoming(request: Request, response: Response): IncomingRequest {
  let abort: AbortController | undefined;
  return {
    method: request.method,
    path: request.path,
    query: request.query as Record<string, unknown>,
    header: (name) => request.headers[name] as string | undefined,
    headers: () =>
      Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    body: request.body as unknown,
    rawBody: request.rawBody,
    stream: request,
    address: request.ip ?? request.socket.remoteAddress ?? '',
    get signal() {
      if (!abort) {
        abort = new AbortController();
        response.on('close', () => abort?.abort());
      }
      return abort.signal;
    },
  };
}

async function send(
  { status, headers, body }: OutgoingResponse,
  response: Response,
  head: boolean,
): Promise<void> {
  if (body instanceof Readable) {
    response.writeHead(status, headers);
    // A client that went away ends the stream; there is nobody left to tell.
    if (head) response.end();
    else await pipeline(body, response).catch(() => response.destroy());
    return;
  }
  if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body));
  response.writeHead(status, headers);
  response.end(head ? undefined : body);
}
