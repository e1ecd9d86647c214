import { createGuardedHttp, type GuardedHttpOptions } from '../../adapters/http-guarded/index.ts';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';
import type { Log } from '../../kernel/ports/log.ts';
import {
  createTestPlatform,
  type TestPlatform,
  type TestResponse,
  type TestTenant,
} from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';

export interface WorldOptions {
  /** Where endpoints are unless they say otherwise. */
  readonly url: string;
  readonly http?: GuardedHttpOptions;
  readonly log?: Log;
}

/** A platform with a tenant whose time passes only when it is told to, and short ways to what the tests do. */
export interface World {
  readonly platform: TestPlatform;
  readonly tenant: TestTenant;
  /** An API key of the owner: it does not run out when days pass. */
  readonly token: string;
  /** `path` is below `/api/`. */
  api(method: string, path: string, body?: unknown, by?: string): Promise<TestResponse>;
  /** An action on endpoints: `create`, `test`, `recover` … */
  manage(action: string, body: unknown): Promise<TestResponse>;
  makeEndpoint(more?: object, by?: string): Promise<{ id: string; secret: string }>;
  makeContact(data?: object): Promise<string>;
  /** Lets time pass, and everything happen that is due by then. */
  later(seconds: number): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: an answer under test has no type until it was checked
  attemptsOf(endpointId: string): Promise<any>;
  now(): number;
  close(): Promise<void>;
}

export async function createWebhookWorld(options: WorldOptions): Promise<World> {
  let now = Date.now();
  const platform = await createTestPlatform(modules, {
    clock: { now: () => now },
    ports: {
      http: createGuardedHttp({ allow: '127.0.0.1', ...options.http }),
      ...(options.log && { log: options.log }),
    },
  });
  const tenant = await platform.register();
  const request = (token: string): World['api'] =>
    function api(method, path, body, by = token) {
      return platform.request(method, `/api/${path}`, { token: by, ...(body === undefined ? {} : { body }) });
    };
  const key = { name: 'Owner', role: 'owner' };
  const token = (await request(tenant.token)('POST', 'auth/api-keys/create', key)).body.key;
  const api = request(token);
  const made = (answer: TestResponse): TestResponse['body'] => {
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
    return answer.body;
  };
  return {
    platform,
    tenant,
    token,
    api,
    manage: (action, body) => api('POST', `webhooks/endpoints/${action}`, body),
    makeEndpoint: async (more, by) => {
      const body = { url: options.url, events: ['crm.contacts.*'], ...more };
      return made(await api('POST', 'webhooks/endpoints/create', body, by));
    },
    makeContact: async (data = { name: 'Ada' }) => made(await api('POST', 'crm/contacts', data)).id,
    later: async (seconds) => {
      now += seconds * 1_000;
      await runDueJobs(platform.app);
      await platform.drain();
    },
    attemptsOf: async (id) =>
      (await api('GET', `webhooks/attempts?endpointId=${id}&sort=createdAt&limit=200`)).body.items,
    now: () => now,
    close: () => platform.close(),
  };
}
