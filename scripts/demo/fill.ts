/** What the demonstration puts into its tenant. Every step may be repeated: what is there already stays as it is. */

import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ImportJob, QueryAnswer, Upload } from './client.ts';
import { contactsCsv, productsCsv, type RetailLine } from './retail.ts';

/** What the lines of December 2010 add up to, in pounds; tests/data/README.md says so, too. */
const REVENUE = 748_957.02;
const WAREHOUSE_MS = 120_000;

export type Report = (text: string) => void;

interface Named {
  items: { id: string; name: string }[];
}

/** The amounts of the source are pounds, and its times those of a British shop. */
export async function setUpTenant(client: Client): Promise<void> {
  await client.post('/api/tenants/current/update', { currency: 'GBP', timezone: 'Europe/London' });
}

export async function importAll(
  client: Client,
  bytes: Uint8Array<ArrayBuffer>,
  lines: readonly RetailLine[],
  report: Report,
): Promise<void> {
  const uploads: (Upload & { what: string })[] = [
    {
      what: 'products',
      collection: 'commerce.products',
      file: productsCsv(lines),
      fileName: 'products.csv',
      key: 'sku',
    },
    {
      what: 'contacts',
      collection: 'crm.contacts',
      file: contactsCsv(lines),
      fileName: 'customers.csv',
      key: 'email',
    },
    {
      what: 'invoices',
      collection: 'finance.invoices',
      file: bytes,
      fileName: 'online-retail-2010-12.csv.gz',
      key: 'number',
    },
  ];
  for (const { what, ...upload } of uploads) {
    const start = performance.now();
    const job = await client.ended(await client.upload(upload), (now) =>
      report(`${what}: ${now.processed} rows, ${now.progress} %`),
    );
    report(`${what}: ${describe(job)} in ${((performance.now() - start) / 1_000).toFixed(1)} s\n`);
  }
}

function describe({ rows, created, updated, skipped, errorCount }: ImportJob): string {
  return `${rows} rows, ${created} created, ${updated} updated, ${skipped} rows skipped (${errorCount} refused)`;
}

/** An address to which a shop could deliver sign-ups, and a first signed delivery to it. */
export async function addWebhook(client: Client, report: Report): Promise<void> {
  const name = 'Newsletter sign-ups';
  const { items } = await client.get<Named>('/api/hooks/endpoints?limit=200');
  if (items.some((each) => each.name === name)) {
    report(`webhook: “${name}” is there\n`);
    return;
  }
  const made = await client.post<{ url: string; secret: string }>('/api/hooks/endpoints/create', {
    name,
    collection: 'crm.contacts',
    key: 'email',
    mapping:
      '{ "name": subscriber.name, "email": subscriber.email, "status": "lead", "tags": ["newsletter"] }',
  });
  const body = { subscriber: { name: 'Ada Lovelace', email: 'ada@engines.example' } };
  // The address in the answer is the public one; from here the server may have another.
  await client.post(new URL(made.url).pathname, body, signature(made.secret, JSON.stringify(body)));
  report(`webhook: ${made.url}, secret ${made.secret}; one signed delivery sent\n`);
}

/** The headers of https://www.standardwebhooks.com. */
function signature(secret: string, body: string): Record<string, string> {
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signed}` };
}

export async function addApiKey(client: Client, report: Report): Promise<void> {
  const name = 'Demo script';
  const { items } = await client.get<Named>('/api/auth/api-keys?limit=200');
  if (items.some((each) => each.name === name)) {
    report(`API key: “${name}” is there; it was shown when it was made\n`);
    return;
  }
  const { key } = await client.post<{ key: string }>('/api/auth/api-keys/create', { name, role: 'editor' });
  report(`API key: ${key}\n`);
}

/** Asks the warehouse until it has all of December 2010. Throws with what it has after two minutes. */
export async function awaitRevenue(client: Client): Promise<QueryAnswer> {
  const question = {
    metrics: ['revenue', 'orders', 'customers'],
    from: '2010-12-01',
    to: '2011-01-01',
  };
  for (const until = Date.now() + WAREHOUSE_MS; ; ) {
    const answer = await client.query(question);
    const revenue = answer.rows[0]?.revenue;
    if (revenue === REVENUE) return answer;
    if (Date.now() > until)
      throw new Error(
        `The revenue of December 2010 is ${revenue}, not ${REVENUE}. Were its invoices changed, or others added?`,
      );
    await sleep(250);
  }
}
