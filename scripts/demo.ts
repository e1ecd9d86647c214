/**
 * `npm run demo`: a tenant with a month of a real shop, through the public API. Works against the server at `MEWAYZ_URL`
 * or on this machine, or starts one. Running it again changes nothing.
 */

import { signIn } from './demo/account.ts';
import { createClient } from './demo/client.ts';
import { addApiKey, addWebhook, awaitRevenue, importAll, setUpTenant } from './demo/fill.ts';
import { ATTRIBUTION, EXCERPT, readRetail } from './demo/retail.ts';
import { findServer } from './demo/server.ts';

const { url, ended } = await findServer();
const { bytes, lines } = await readRetail(EXCERPT);
const { client, email, password, keptIn } = await signIn(createClient(url));

await setUpTenant(client);
await importAll(client, bytes, lines, report);
await addWebhook(client, report);
await addApiKey(client, report);
const { rows, engine, elapsedMs } = await awaitRevenue(client);

const amount = Number(rows[0]?.revenue).toLocaleString('en-GB', { style: 'currency', currency: 'GBP' });
console.log(`
Revenue of December 2010: ${amount} (${rows[0]?.orders} orders, ${rows[0]?.customers} customers),
from POST /api/analytics/query in ${elapsedMs} ms (${engine}).

  Portal      ${url}
  Sign in as  ${email}
  Password    ${password}${keptIn ? ` (kept in ${keptIn})` : ''}

Look at the dashboard with its insights, at an invoice and its history, at the imports, and at ${url}/docs.
Open the dashboard in two browsers and record an invoice of December 2010 in one: the other shows it at once.

Data: ${ATTRIBUTION}.`);
await ended;

/** Progress stays on one line of a terminal; elsewhere only results are written. */
function report(text: string): void {
  const done = text.endsWith('\n');
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
  else if (done) process.stdout.write(text);
}
