import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = path.join(ROOT, 'selfhost', 'src', 'main.ts');
const READY_MS = 60_000;
const PASSWORD = 'a long passphrase';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body when it is JSON, undefined otherwise. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer under test has no type until it was checked
  readonly body: any;
}

export interface RequestOptions {
  /** Access token or API key. */
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is; give the content type yourself. */
  readonly raw?: string | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A signed-in person and the organisation that was made for them. */
export interface Account {
  readonly token: string;
  readonly refreshToken: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly email: string;
  readonly password: string;
}

export interface ServerOptions {
  /** Kept when the server stops; without it a temporary folder is made, and removed by `remove`. */
  readonly directory?: string;
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The self-hosted server as a process of its own, driven through HTTP like any client would. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  readonly process: ChildProcess;
  /** What the server wrote to its outputs so far. */
  output(): string;
  request(method: string, url: string, options?: RequestOptions): Promise<Answer>;
  /** Registers a person with an organisation. */
  register(name?: string): Promise<Account>;
  /** Ends gently and resolves the exit code. */
  stop(): Promise<number | null>;
  /** `kill -9`: nothing of the process gets to run any more. */
  kill(): Promise<void>;
  /** Stops and removes the data folder. */
  remove(): Promise<void>;
}

export const temporaryDirectory = (): Promise<string> => mkdtemp(path.join(os.tmpdir(), 'mewayz-tests-'));

/** A port nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** Starts the server and resolves when it is ready. Throws with its output when it ends before that. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const directory = options.directory ?? (await temporaryDirectory());
  const port = options.port ?? (await freePort());
  const { child, output } = launch(directory, port, options.environment);
  await ready(child, output);
  const url = `http://127.0.0.1:${port}`;
  const exited = once(child, 'exit');
  const request: TestServer['request'] = (method, target, request) =>
    send(new URL(target, url), method, request);
  const stop = async (): Promise<number | null> => {
    if (child.connected) child.send('stop', () => {});
    await exited;
    return child.exitCode;
  };
  return {
    url,
    port,
    directory,
    process: child,
    output,
    request,
    stop,
    register: (name) => register(request, name),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    remove: async () => {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Starts the server without waiting for it, for tests of starts that must fail. */
export function launch(
  directory: string,
  port: number,
  environment: Readonly<Record<string, string>> = {},
): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      LOG_LEVEL: 'error',
      PORT: String(port),
      HOST: '127.0.0.1',
      MEWAYZ_DATA_DIR: directory,
      ...environment,
    },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => (text += part));
  return { child, output: () => text };
}

async function ready(child: ChildProcess, output: () => string): Promise<void> {
  const until = Date.now() + READY_MS;
  while (!/ready at http/.test(output())) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server ended at once:\n${output()}`);
    if (Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`the server was not ready in ${READY_MS} ms:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function send(
  url: URL,
  method: string,
  { token, body, raw, headers = {}, signal }: RequestOptions = {},
): Promise<Answer> {
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    ...(payload === undefined
      ? {}
      : { body: typeof payload === 'string' ? payload : new Uint8Array(payload) }),
    ...(signal ? { signal } : {}),
  });
  const type = response.headers.get('content-type');
  // An event stream does not end by itself; its first part is enough to know that it began.
  const text = type?.startsWith('text/event-stream') ? await firstPart(response) : await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: parse(type, text),
  };
}

async function firstPart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const part = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(part?.value);
}

function parse(type: string | null, text: string): unknown {
  if (!type?.includes('json')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

let people = 0;

async function register(request: TestServer['request'], name = 'Test'): Promise<Account> {
  const email = `person-${process.pid}-${++people}@example.test`;
  const answer = await request('POST', '/api/auth/register', {
    body: { email, password: PASSWORD, name, organization: `${name} Ltd` },
  });
  if (answer.status !== 201) throw new Error(`register: ${answer.status} ${answer.text}`);
  const { accessToken, refreshToken, tenant, user } = answer.body;
  return {
    token: accessToken,
    refreshToken,
    tenantId: tenant.id,
    userId: user.id,
    email,
    password: PASSWORD,
  };
}

/** Asks again until `done` says so; throws what it last saw after `ms`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  done: (seen: T) => boolean,
  ms = 30_000,
): Promise<T> {
  for (const until = Date.now() + ms; ; ) {
    const seen = await ask();
    if (done(seen)) return seen;
    if (Date.now() > until)
      throw new Error(`${what}: not within ${ms} ms; last seen ${JSON.stringify(seen)?.slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
