import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuardedHttp } from '../../../adapters/http-guarded/index.ts';
import type { Module } from '../../../kernel/define.ts';
import { runDueJobs } from '../../../kernel/jobs/job-runner.ts';
import type { Http } from '../../../kernel/ports/http.ts';
import {
  createTestPlatform,
  type TestPlatform,
  type TestResponse,
  type TestTenant,
} from '../../../kernel/testing/harness.ts';
import { auth } from '../../auth/module.ts';
import { jobs } from '../../jobs/module.ts';
import { tenants } from '../../tenants/module.ts';
import { datasetsModule } from '../module.ts';

export interface Asked extends IncomingMessage {
  readonly address: URL;
  readonly text: string;
}
type Answer = (request: Asked, response: ServerResponse) => void;

/** A server that answers as each test says, and remembers what it was asked. */
export interface TestSource {
  readonly origin: string;
  readonly asked: Asked[];
  /** What answers from now on; nothing was asked before. */
  answers(answer: Answer): void;
  close(): Promise<void>;
}

export async function createTestSource(): Promise<TestSource> {
  const asked: Asked[] = [];
  let current: Answer = (_request, response) => void response.writeHead(404).end();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const address = new URL(request.url ?? '/', origin);
    const whole: Asked = Object.assign(request, { address, text: Buffer.concat(parts).toString() });
    asked.push(whole);
    current(whole, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    asked,
    answers: (answer) => {
      asked.length = 0;
      current = answer;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const sendJson = (response: ServerResponse, value: unknown, headers = {}): void =>
  void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

export interface Run {
  readonly id: string;
  readonly state: string;
  readonly rows?: number;
  readonly quarantined?: number;
  readonly error?: string;
  readonly cursorBefore?: Record<string, unknown>;
  readonly cursorAfter?: Record<string, unknown>;
}
type Row = Readonly<Record<string, unknown>>;

/** A platform with one tenant, whose clock the test moves. */
export interface SourceWorld {
  readonly platform: TestPlatform;
  readonly tenant: TestTenant;
  readonly source: TestSource;
  call(method: string, url: string, body?: unknown): Promise<TestResponse>;
  /** Moves the clock, and does what is due then. */
  pass(seconds: number): Promise<void>;
  at(time: string): Promise<void>;
  now(): string;
  work(): Promise<void>;
  /** Makes a dataset of these columns (`name` or `name type`). */
  dataset(...columns: string[]): Promise<string>;
  /** Makes a source and answers its id. */
  add(body: object): Promise<string>;
  read(id: string): Promise<Record<string, never>>;
  /** Runs a source until the run is over, moving the clock over the pauses between attempts. */
  run(id: string): Promise<Run>;
  rows(datasetId: string): Promise<Row[]>;
  close(): Promise<void>;
}

export async function createSourceWorld(
  begin = '2026-03-01T12:00:00.000Z',
  more: readonly Module[] = [],
  http: Http = createGuardedHttp({ allow: '127.0.0.1' }),
): Promise<SourceWorld> {
  let now = Date.parse(begin);
  const source = await createTestSource();
  const platform = await createTestPlatform([auth, tenants, jobs, datasetsModule, ...more], {
    clock: { now: () => now },
    ports: { http },
  });
  let tenant = await platform.register();
  let signedIn = now;
  const call: SourceWorld['call'] = async (method, url, body) => {
    if (now - signedIn > 300_000) {
      signedIn = now;
      const login = { email: tenant.email, password: 'a long passphrase' };
      const answer = await platform.request('POST', '/api/auth/login', { body: login });
      tenant = { ...tenant, token: answer.body.accessToken };
    }
    return platform.request(method, url, { token: tenant.token, ...(body === undefined ? {} : { body }) });
  };
  const made = async (url: string, body: unknown): Promise<string> => {
    const answer = await call('POST', url, body);
    if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
    return answer.body.id;
  };
  const work = (): Promise<void> => runDueJobs(platform.app);
  const pass = (seconds: number): Promise<void> => {
    now += seconds * 1_000;
    return work();
  };
  return {
    platform,
    tenant,
    source,
    call,
    work,
    pass,
    at: (time) => pass((Date.parse(time) - now) / 1_000),
    now: () => new Date(now).toISOString(),
    dataset: (...columns) =>
      made('/api/datasets/datasets', {
        name: 'Orders',
        columns: columns.map((column) => {
          const [name = '', type = 'string'] = column.split(' ');
          return { source: name, name: name.replaceAll('.', '_'), type };
        }),
      }),
    add: (body) => made('/api/datasets/sources', { name: 'Orders', ...body }),
    read: async (id) => (await call('GET', `/api/datasets/sources/${id}`)).body,
    run: async (id) => {
      const begun = await call('POST', '/api/datasets/sources/run', { id });
      if (begun.status !== 202) throw new Error(`${begun.status}: ${begun.text}`);
      for (;;) {
        await work();
        const { body } = await call('GET', `/api/datasets/loads/${begun.body.id}`);
        if (body.state !== 'queued' && body.state !== 'running') return body;
        now += 60_000;
      }
    },
    rows: async (datasetId) =>
      (await call('GET', `/api/datasets/datasets/rows?id=${datasetId}&limit=200`)).body.rows,
    close: async () => {
      await platform.close();
      await source.close();
    },
  };
}
