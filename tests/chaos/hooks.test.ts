import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startServer, temporaryDirectory } from '../support/server.ts';
import { signStandard } from '../support/sign.ts';

const COUNT = 40;

it('what was answered 202 is applied once, though the server is killed, and whatever is sent again', async () => {
  const directory = await temporaryDirectory();
  let server = await startServer({ directory });
  const { token, tenantId } = await server.register();
  const options = { token, headers: { 'x-tenant-id': tenantId } };
  const made = await server.request('POST', '/api/hooks/endpoints/create', {
    ...options,
    body: {
      name: 'Chaos',
      collection: 'crm.contacts',
      rateLimit: 1_000,
      mapping: '{ "name": "N" & n, "company": "Chaos" }',
    },
  });
  const path = new URL(made.body.url).pathname;
  const send = (n: number) => {
    const raw = JSON.stringify({ n });
    const headers = {
      'content-type': 'application/json',
      ...signStandard(made.body.secret, `msg_${n}`, raw),
    };
    return server.request('POST', path, { raw, headers });
  };
  const names = async (): Promise<string[]> =>
    (await server.request('GET', '/api/crm/contacts?company=Chaos&limit=200', options)).body.items.map(
      ({ name }: { name: string }) => name,
    );

  const accepted = new Map<number, string>();
  for (let round = 0; round < 3; round++) {
    let kill: (() => void) | undefined;
    const someAnswered = new Promise<void>((resolve) => {
      kill = resolve;
    });
    const before = accepted.size;
    const sending = Array.from({ length: COUNT }, async (_, n) => {
      const answer = await send(n).catch(() => undefined);
      if (answer?.status !== 202) return;
      // The same delivery is the same record of ours in every life of the server.
      expect(accepted.get(n) ?? answer.body.id).toBe(answer.body.id);
      accepted.set(n, answer.body.id);
      if (accepted.size >= Math.min(COUNT, before + 5)) kill?.();
    });
    await Promise.race([someAnswered, Promise.all(sending)]);
    await server.kill();
    await Promise.all(sending);
    server = await startServer({ directory });
  }
  const kept = [...accepted.values()];
  expect(kept.length).toBeGreaterThanOrEqual(15);
  for (let tries = 0; (await names()).length < kept.length && tries < 400; tries++) await sleep(50);
  for (const n of Array.from({ length: COUNT }).keys()) expect((await send(n)).status).toBe(202);
  for (let tries = 0; (await names()).length < COUNT && tries < 400; tries++) await sleep(50);
  expect((await names()).sort()).toEqual(Array.from({ length: COUNT }, (_, n) => `N${n}`).sort());
  await server.remove();
}, 120_000);
