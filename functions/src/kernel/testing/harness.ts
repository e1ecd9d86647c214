import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { Firestore } from '@google-cloud/firestore';
import { openFirestoreEngine } from '@mewayz/emulators/firestore';
import { createGuardedDatabases } from '../../adapters/databases-guarded/index.ts';
import { createDuckDbDatasets } from '../../adapters/datasets-duckdb/index.ts';
import { createFirestoreDocuments } from '../../adapters/documents-firestore/index.ts';
import { createFolderFiles } from '../../adapters/files-folder/index.ts';
import { createGuardedHttp } from '../../adapters/http-guarded/index.ts';
import { openSqliteSearch } from '../../adapters/search-sqlite/index.ts';
import { createFolderSecrets } from '../../adapters/secrets-folder/index.ts';
import { openDuckDbWarehouse } from '../../adapters/warehouse-duckdb/index.ts';
import { type Change, toChange } from '../changes/change.ts';
import { runSubscriber } from '../changes/subscribe.ts';
import type { App, Ports } from '../context.ts';
import type { Module } from '../define.ts';
import { createIdSource } from '../ids.ts';
import { firestoreIndexes } from '../lists/firestore-indexes.ts';
import type { Clock } from '../ports/clock.ts';
import { systemClock } from '../ports/clock.ts';
import { ServerTime } from '../ports/documents.ts';
import { createRegistry } from '../registry.ts';
import { createLimiter } from '../requests/limits.ts';
import { matchPath, splitPath } from '../requests/operation.ts';
import { httpFunctions } from '../requests/operations.ts';
import { handleRequest } from '../requests/run-operation.ts';

export interface TestRequest {
  readonly token?: string;
  readonly body?: unknown;
  /** Sent as it is, unparsed. */
  readonly raw?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer under test has no type until it was checked
  readonly body: any;
}

export interface TestTenant {
  readonly token: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly email: string;
}

/** A whole platform on temporary folders: the real engine, the real client, the real adapters. */
export interface TestPlatform {
  readonly app: App;
  request(method: string, url: string, options?: TestRequest): Promise<TestResponse>;
  /** The same, with the body as the platform gives it: a stream, where it is one. */
  send(method: string, url: string, options?: TestRequest): Promise<Answer>;
  /** Registers a user with an organisation. */
  register(name?: string): Promise<TestTenant>;
  /** Delivers every change so far to every subscriber, until none makes new ones. */
  drain(): Promise<readonly Change[]>;
  close(): Promise<void>;
}

export async function createTestPlatform(
  modules: readonly Module[],
  options: { readonly clock?: Clock; readonly ports?: Partial<Ports> } = {},
): Promise<TestPlatform> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'mewayz-test-'));
  const registry = createRegistry(modules);
  const engine = openFirestoreEngine({
    directory: path.join(directory, 'firestore'),
    indexes: firestoreIndexes(registry),
    indexMode: 'production',
    feed: ['tenants/{tenantId}/changes/{changeId}'],
  });
  const documents = createFirestoreDocuments(engine.attach(new Firestore({ projectId: 'mewayz-test' })));
  const warehouse = openDuckDbWarehouse({ directory: path.join(directory, 'warehouse') });
  const quiet = (): void => {};
  const ports: Ports = {
    documents,
    warehouse,
    datasets: createDuckDbDatasets({ directory: path.join(directory, 'warehouse') }),
    search: openSqliteSearch({ directory: path.join(directory, 'search') }),
    files: createFolderFiles({ directory: path.join(directory, 'files') }),
    secrets: createFolderSecrets({ directory: path.join(directory, 'secrets') }),
    ai: { engine: 'offline', phrase: async ({ draft }) => draft },
    bus: { publish: async () => {} },
    http: createGuardedHttp(),
    databases: createGuardedDatabases(),
    clock: options.clock ?? systemClock,
    log: {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
    },
    ...options.ports,
  };
  const app: App = {
    registry,
    ports,
    ids: createIdSource(() => ports.clock.now()),
    limiter: createLimiter(),
    settings: { version: 'test', publicUrl: 'http://127.0.0.1' },
  };
  const send = sender(app);
  const request = requester(send);
  let people = 0;
  return {
    app,
    request,
    send,
    register: async (name = 'Test') => {
      const email = `person-${++people}-${Date.now()}@example.test`;
      const answer = await request('POST', '/api/auth/register', {
        body: { email, password: 'a long passphrase', name, organization: `${name} Ltd` },
      });
      if (answer.status !== 201) throw new Error(`register: ${answer.status} ${answer.text}`);
      return {
        token: answer.body.accessToken,
        tenantId: answer.body.tenant.id,
        userId: answer.body.user.id,
        email,
      };
    },
    drain: drainer(app, (after) => engine.feed.read(after, 500)),
    close: async () => {
      await warehouse.close();
      await engine.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

type Answer = Awaited<ReturnType<typeof handleRequest>>;

function sender(app: App): TestPlatform['send'] {
  const functions = [...httpFunctions(app.registry).values()];
  return async (method, url, { token, body, raw, headers = {} } = {}) => {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    // As Hosting does: a custom endpoint's own path wins over a collection's `{id}`.
    const exact = functions.find((operations) => operations.some((operation) => operation.path === pathname));
    const operations =
      exact ??
      functions.find((served) =>
        served.some((operation) => matchPath(operation.path, splitPath(pathname))),
      ) ??
      [];
    const rawBody =
      raw === undefined
        ? body === undefined
          ? undefined
          : Buffer.from(JSON.stringify(body))
        : Buffer.from(raw);
    const all: Record<string, string> = {
      host: '127.0.0.1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    };
    const query: Record<string, unknown> = {};
    for (const key of new Set(searchParams.keys()))
      query[key] = searchParams.getAll(key).length > 1 ? searchParams.getAll(key) : searchParams.get(key);
    return handleRequest(app, operations, {
      method,
      path: pathname,
      query,
      header: (name) => all[name.toLowerCase()],
      headers: () => all,
      body: body === undefined ? undefined : JSON.parse(JSON.stringify(body)),
      rawBody,
      stream: Readable.from(rawBody ? [rawBody] : []),
      address: '127.0.0.1',
      signal: new AbortController().signal,
    });
  };
}

function requester(send: TestPlatform['send']): TestPlatform['request'] {
  return async (method, url, options) => {
    const answer = await send(method, url, options);
    const text =
      answer.body instanceof Readable
        ? Buffer.concat(
            await Readable.from(answer.body)
              .map((part: Buffer | string) => Buffer.from(part))
              .toArray(),
          ).toString()
        : String(answer.body ?? '');
    const isJson = /json/.test(answer.headers['content-type'] ?? '') && text !== '';
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: isJson ? safeJson(text) : undefined,
    };
  };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type FeedPage = readonly { readonly sequence: bigint; readonly path: string; readonly after?: unknown }[];

function drainer(app: App, read: (after: bigint) => FeedPage): TestPlatform['drain'] {
  let position = 0n;
  return async () => {
    const all: Change[] = [];
    for (let page = read(position); page.length > 0; page = read(position)) {
      position = page.at(-1)?.sequence ?? position;
      const changes = page.flatMap((entry) => {
        const [, tenantId = '', , id = ''] = entry.path.split('/');
        const data = entry.after as Record<string, unknown> | undefined;
        return data
          ? [
              toChange(tenantId, id, {
                ...data,
                at: data.at instanceof Date ? new ServerTime(data.at.toISOString()) : data.at,
              }),
            ]
          : [];
      });
      for (const subscriber of app.registry.subscribers) await runSubscriber(app, subscriber, changes);
      all.push(...changes);
    }
    return all;
  };
}
