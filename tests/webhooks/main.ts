import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../support/server.ts';

/**
 * `npm run webhooks -w tests [-- seconds [rate [hanging]]]`: how long a delivery takes, from the request that writes to
 * the arrival at a receiver that is well, while `hanging` other endpoints of the tenant never answer.
 */
const [seconds = '30', rate = '20', hanging = '3'] = process.argv.slice(2);
const wanted = Number(seconds) * Number(rate);

const written = new Map<string, number>();
const arrived = new Map<string, number>();
let calls = 0;
const well = createServer(async (request, response) => {
  const { data } = JSON.parse(Buffer.concat(await request.toArray()).toString());
  calls += 1;
  if (!arrived.has(data.changes.name)) arrived.set(data.changes.name, performance.now());
  response.writeHead(204).end();
});
let open = 0;
const hangs = createServer(() => {
  open += 1;
});
const listen = async (server: typeof well): Promise<string> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

const server = await startServer({ environment: { MEWAYZ_OUTBOUND_ALLOW: '127.0.0.1' } });
try {
  const { token } = await server.register('Webhooks');
  const endpoint = async (url: string): Promise<void> => {
    const body = { url, events: ['crm.contacts.created'], rateLimit: 100 };
    const made = await server.request('POST', '/api/webhooks/endpoints/create', { token, body });
    if (made.status !== 201) throw new Error(made.text);
  };
  await endpoint(await listen(well));
  const dead = await listen(hangs);
  for (let index = 0; index < Number(hanging); index += 1) await endpoint(`${dead}${index}`);

  const started = performance.now();
  const writes: Promise<unknown>[] = [];
  for (let index = 0; index < wanted; index += 1) {
    await sleep(Math.max(0, started + (index * 1_000) / Number(rate) - performance.now()));
    const name = `contact ${index}`;
    written.set(name, performance.now());
    writes.push(server.request('POST', '/api/crm/contacts', { token, body: { name } }));
  }
  await Promise.all(writes);
  for (const until = performance.now() + 30_000; arrived.size < wanted && performance.now() < until; )
    await sleep(50);

  const times = [...arrived].map(([name, at]) => at - (written.get(name) ?? at)).toSorted((a, b) => a - b);
  const percentile = (share: number): number =>
    Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN);
  console.log(
    `${arrived.size} of ${wanted} events arrived in ${calls} calls at ${rate}/s, beside ${hanging} endpoints that hang (${open} calls to them)`,
  );
  console.log(
    `p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms, p99 ${percentile(0.99)} ms, longest ${percentile(1)} ms`,
  );
  if (arrived.size < wanted) process.exitCode = 1;
} finally {
  for (const one of [well, hangs]) {
    one.close();
    one.closeAllConnections();
  }
  await server.remove();
}
