import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type Account, eventually, type TestServer } from '../support/server.ts';
import type { Ledger } from './ledger.ts';

/** A customer's server that takes webhooks, checks each as the public library does, and remembers what it was told. */
export interface Receiver {
  /** Tells the platform where to send what happens to contacts. */
  subscribe(server: TestServer, account: Account): Promise<void>;
  /** Calls so far; more than events, when some came again. */
  calls(): number;
  /** Throws unless every acknowledged write was told, nothing else was, and nothing is left to be sent. */
  verify(server: TestServer, account: Account, ledger: Ledger): Promise<void>;
  close(): void;
}

/** `con_1 3`: the third version of a contact. */
type Version = string;

export async function startReceiver(): Promise<Receiver> {
  const told = new Map<Version, string>();
  const refused: string[] = [];
  let calls = 0;
  let webhook: Webhook | undefined;
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    calls += 1;
    try {
      assert(webhook, 'a delivery before anybody subscribed');
      const { data } = webhook.verify(text, request.headers as Record<string, string>) as { data: Told };
      const version = `${data.id} ${data.version}`;
      const messageId = String(request.headers['webhook-id']);
      assert.equal(told.get(version) ?? messageId, messageId, `another id for ${version}`);
      told.set(version, messageId);
      response.writeHead(204).end();
    } catch (error) {
      refused.push(String(error));
      response.writeHead(400).end();
    }
    // A server that is killed while it waits for the answer is of no concern to this one.
  }).on('clientError', (_error, socket) => socket.destroy());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    subscribe: async (platform, { token }) => {
      const body = { url, events: ['crm.contacts.*'], rateLimit: 1_000 };
      const made = await platform.request('POST', '/api/webhooks/endpoints/create', { token, body });
      assert.equal(made.status, 201, made.text);
      webhook = new Webhook(made.body.secret);
    },
    calls: () => calls,
    verify: async (platform, { token }, ledger) => {
      const counts = async () => (await platform.request('GET', '/api/jobs/jobs/counts', { token })).body;
      // Those that were under way when the server was killed wait for the end of their lease.
      const { dead } = await eventually(
        'the deliveries',
        counts,
        ({ scheduled, running }) => scheduled === 0 && running === 0,
        300_000,
      );
      assert.equal(dead, 0, 'dead letters');
      assert.deepEqual(refused, [], 'deliveries that could not be verified');
      const written = new Set<Version>();
      for (const [id, { version }] of ledger.contacts)
        for (let at = 1; at <= version; at += 1) written.add(`${id} ${at}`);
      for (const version of written) assert(told.has(version), `${version} was never told`);
      for (const version of told.keys())
        assert(written.has(version), `${version} was told, but never written`);
      assert.equal(new Set(told.values()).size, told.size, 'one id for two events');
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Told {
  readonly id: string;
  readonly version: number;
}
