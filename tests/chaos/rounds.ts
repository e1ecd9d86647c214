import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Account,
  eventually,
  startServer,
  type TestServer,
  temporaryDirectory,
} from '../support/server.ts';
import { createLedger } from './ledger.ts';
import { seeded } from './random.ts';
import { startReceiver } from './receiver.ts';
import { caughtUp, verifyDocuments, verifyWarehouse } from './verify.ts';
import { writeUntilGone } from './writers.ts';

export interface KillReport {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly records: number;
  readonly invoices: number;
  /** Calls to the receiver of webhooks; more than changes of contacts, when some were sent again. */
  readonly calls: number;
}

export interface KillOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Writes that are acknowledged in each round before its kill can come. */
  readonly atLeast?: number;
  /** Milliseconds of load after that, at most. */
  readonly longest?: number;
  readonly progress?: (text: string) => void;
}

/**
 * Kills the server under load, restarts it on the same folder and verifies everything, round after round; at the end the
 * warehouse and a receiver of webhooks must have all of it. Throws what was lost.
 */
export async function killAndVerify({
  rounds,
  seed,
  atLeast = 1,
  longest = 1_500,
  progress = () => {},
}: KillOptions): Promise<KillReport> {
  const random = seeded(seed);
  const ledger = createLedger();
  const directory = await temporaryDirectory();
  const receiver = await startReceiver();
  const start = (): Promise<TestServer> =>
    startServer({ directory, environment: { MEWAYZ_OUTBOUND_ALLOW: '127.0.0.1' } });
  let server = await start();
  let account: Account = await server.register('Chaos');
  await receiver.subscribe(server, account);
  const signIn = async (running: TestServer): Promise<Account> => {
    const { body } = await running.request('POST', '/api/auth/login', {
      body: { email: account.email, password: account.password },
    });
    return { ...account, token: body.accessToken };
  };
  try {
    for (let round = 1; round <= rounds; round++) {
      const before = ledger.acknowledged;
      const writing = writeUntilGone(server, account, ledger, random);
      await eventually(
        'the first writes',
        async () => ledger.acknowledged,
        (now) => now >= before + atLeast,
      );
      await Promise.race([sleep(random() * longest), writing]);
      await server.kill();
      await writing;
      server = await start();
      account = await signIn(server);
      await verifyDocuments(server, account, ledger);
      progress(
        `round ${round}: ${ledger.acknowledged} writes acknowledged, ${ledger.contacts.size} records, ${ledger.invoices.size} invoices`,
      );
    }
    // Only now, so that every kill but the first also met what the earlier ones had left to be relayed.
    await caughtUp(server);
    await receiver.verify(server, account, ledger);
    await server.stop();
    await verifyWarehouse(directory, account.tenantId, ledger);
    return {
      rounds,
      acknowledged: ledger.acknowledged,
      records: ledger.contacts.size,
      invoices: ledger.invoices.size,
      calls: receiver.calls(),
    };
  } finally {
    receiver.close();
    await server.remove();
  }
}
