import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Account, eventually, startServer, type TestServer } from '../support/server.ts';

const environment = { MEWAYZ_OUTBOUND_ALLOW: '127.0.0.1' };

let server: TestServer;
let account: Account;
/** Requests that the receiver got, oldest first. It answers none by itself. */
let received: { id: string; response: ServerResponse }[];
const receiver = createServer((request, response) => {
  request.resume();
  received.push({ id: String(request.headers['webhook-id']), response });
});

beforeEach(async () => {
  received = [];
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  server = await startServer({ environment });
  account = await server.register();
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  await post('/api/webhooks/endpoints/create', { url, events: ['crm.contacts.*'] });
  await post('/api/crm/contacts', { name: 'Ada' });
  await eventually(
    'the first attempt',
    async () => received.length,
    (count) => count === 1,
  );
});

afterEach(async () => {
  await server.remove();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

async function post(url: string, body: object) {
  const answer = await server.request('POST', url, { token: account.token, body });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body;
}

const job = async () => {
  const { body } = await server.request('GET', '/api/jobs/jobs', { token: account.token });
  return body.items[0];
};
const reaches = (state: string) => eventually(`state ${state}`, job, (found) => found?.state === state);

/** `kill -9` in the middle of the attempt, then the server comes back on the same folder. */
async function crash(): Promise<void> {
  const { directory, port } = server;
  await server.kill();
  server = await startServer({ directory, port, environment });
}

it('a job whose worker was killed runs again, once its lease is over', { timeout: 120_000 }, async () => {
  expect(await job()).toMatchObject({ state: 'running', attempts: 1 });
  await crash();
  await eventually(
    'the second attempt',
    async () => received.length,
    (count) => count === 2,
    60_000,
  );
  // The receiver can tell that it is the same event.
  expect(received[1]?.id).toBe(received[0]?.id);
  received[1]?.response.writeHead(204).end();
  expect(await reaches('done')).toMatchObject({ attempts: 2 });
});

it('a job that was cancelled does not come back after a crash, and can be replayed', {
  timeout: 120_000,
}, async () => {
  const { id } = await job();
  await post('/api/jobs/jobs/cancel', { id });
  await crash();
  expect(await job()).toMatchObject({ id, state: 'cancelled' });
  await post('/api/jobs/jobs/replay', { id });
  await eventually(
    'the replayed attempt',
    async () => received.length,
    (count) => count === 2,
    60_000,
  );
  received[1]?.response.writeHead(204).end();
  expect(await reaches('done')).toMatchObject({ attempts: 1 });
});
