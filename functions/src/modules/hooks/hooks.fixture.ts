import { createHmac } from 'node:crypto';
import type { Clock } from '../../kernel/ports/clock.ts';
import {
  createTestPlatform,
  type TestPlatform,
  type TestResponse,
  type TestTenant,
} from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';

export interface Hook {
  readonly id: string;
  readonly path: string;
  readonly secret: string;
}

export interface Stored {
  readonly id: string;
  readonly state: string;
  readonly error?: string;
  readonly recordIds?: string[];
  readonly attempts: number;
  readonly deliveryId: string;
  readonly eventType?: string;
}

/** A platform with one tenant that receives webhooks. */
export interface HookWorld {
  readonly platform: TestPlatform;
  readonly tenant: TestTenant;
  call(method: string, url: string, body?: unknown): Promise<TestResponse>;
  /** Makes an endpoint for contacts, unless it is said otherwise. */
  hook(more?: Record<string, unknown>): Promise<Hook>;
  /** Sends JSON, unless the headers say otherwise. */
  deliver(to: Hook, raw: string | Buffer, headers: Record<string, string>): Promise<TestResponse>;
  /** Delivers JSON with a Standard Webhooks signature, applies it, and resolves the delivery then. */
  send(to: Hook, content: unknown): Promise<Stored>;
  /** Newest first. */
  stored(to: Hook): Promise<Stored[]>;
  contacts(email: string): Promise<{ id: string; name: string; version: number; status?: string }[]>;
}

export async function createHookWorld(options: { readonly clock?: Clock } = {}): Promise<HookWorld> {
  const platform = await createTestPlatform(modules, options);
  const tenant = await platform.register();
  const call: HookWorld['call'] = (method, url, body) =>
    platform.request(method, url, { token: tenant.token, ...(body === undefined ? {} : { body }) });
  const deliver: HookWorld['deliver'] = (to, raw, headers) =>
    platform.request('POST', to.path, { raw, headers: { 'content-type': 'application/json', ...headers } });
  let sent = 0;
  return {
    platform,
    tenant,
    call,
    deliver,
    send: async (to, content) => {
      const raw = JSON.stringify(content);
      const { status, text, body } = await deliver(to, raw, standard(to, raw, `msg_sent_${++sent}`));
      if (status !== 202) throw new Error(`${status}: ${text}`);
      await platform.drain();
      return (await call('GET', `/api/hooks/deliveries/${body.id}`)).body;
    },
    hook: async (more = {}) => {
      const answer = await call('POST', '/api/hooks/endpoints/create', {
        name: 'Shop',
        mapping: '{ "name": person.name, "email": person.mail }',
        ...('action' in more ? {} : { collection: 'crm.contacts' }),
        ...more,
      });
      if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
      return { id: answer.body.id, secret: answer.body.secret, path: new URL(answer.body.url).pathname };
    },
    stored: async (to) => (await call('GET', `/api/hooks/deliveries?endpointId=${to.id}`)).body.items,
    contacts: async (email) =>
      (await call('GET', `/api/crm/contacts?email=${encodeURIComponent(email)}`)).body.items,
  };
}

export const seconds = (): number => Math.floor(Date.now() / 1000);

/** The headers of a Standard Webhooks delivery. @param at seconds since 1970 */
export function standard(
  { secret }: Pick<Hook, 'secret'>,
  raw: string | Buffer,
  id = 'msg_1',
  at = seconds(),
): Record<string, string> {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.`).update(raw).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` };
}
