import { once } from 'node:events';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, usePortal } from './portal.ts';

const SOON = { timeout: 15_000 };

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

describe.skipIf(!CHROMIUM)('outgoing webhooks in the portal', () => {
  const portal = usePortal({ environment: { MEWAYZ_OUTBOUND_ALLOW: '127.0.0.1' } });
  const received: Received[] = [];
  let status = 200;
  const receiver = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    received.push({
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(parts).toString('utf8'),
    });
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`seen ${received.length}`);
  });
  let url = '';

  beforeAll(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = receiver.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/hooks`;
  });
  afterAll(() => void receiver.close());

  it('are made, tried, looked into, sent again, given a new secret, and deleted', async () => {
    const person = await portal.newPerson();
    const page = await person.open();
    await page.goto('/webhooks');
    await page.getByRole('link', { name: 'Outgoing', exact: true }).click();
    await page.getByTestId('new-outgoing').click();
    await page.getByLabel('Address').fill(url);
    await page.getByPlaceholder('Search events').fill('companies');
    await page.getByText('crm.companies.*', { exact: true }).click();
    await page.getByRole('button', { name: 'Add condition' }).click();
    await page.getByLabel('Field', { exact: true }).fill('employees');
    await page.getByLabel('Values, any of which will do').fill('12,');
    await page.getByRole('button', { name: 'Create endpoint' }).click();
    const secret = await page.getByTestId('outgoing-secret').innerText();
    await page.getByRole('button', { name: 'Done' }).click();

    await page.getByRole('link', { name: url }).click();
    await page.getByTestId('send-test').click();
    await page.getByTestId('attempt').first().waitFor();
    expect(new Webhook(secret).verify(...signed(received.at(-1)))).toMatchObject({ type: 'webhooks.test' });

    await person.client.post('/api/crm/companies', { name: 'Small Ltd', employees: 12 });
    await person.client.post('/api/crm/companies', { name: 'Large Ltd', employees: 13 });
    await expect.poll(() => page.getByTestId('attempt').count(), SOON).toBe(2);
    const attempt = page.getByTestId('attempt').first();
    await attempt.locator('summary').click();
    await expect.poll(() => attempt.innerText(), SOON).toContain('Small Ltd');
    expect(await attempt.innerText()).toContain('seen 2');

    await attempt.getByRole('button', { name: 'Send again' }).click();
    await expect.poll(() => page.getByTestId('attempt').count(), SOON).toBe(3);

    await page.getByTestId('outgoing-more').click();
    await page.getByRole('menuitem', { name: 'New secret' }).click();
    await page.getByRole('button', { name: 'New secret' }).click();
    expect(await page.getByTestId('new-secret').innerText()).not.toBe(secret);
    await page.getByRole('button', { name: 'Done' }).click();

    await page.getByTestId('outgoing-more').click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByTestId('confirm').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nothing is sent yet').waitFor();
  });

  it('show every event with its schema, and jobs with what went wrong', async () => {
    const person = await portal.newPerson();
    await person.client.post('/api/webhooks/endpoints/create', { url, events: ['crm.contacts.*'] });
    status = 410;
    await person.client.post('/api/crm/contacts', { name: 'Ada' });
    const page = await person.open();
    await page.goto('/webhooks/events');
    await page.getByLabel('Search events').fill('contacts.created');
    await page.getByText('crm.contacts.created', { exact: true }).click();
    await page.getByText('https://json-schema.org/draft/2020-12/schema').waitFor();

    await page.goto('/jobs');
    const job = page.getByTestId('job').first();
    await job.waitFor(SOON);
    expect(await job.innerText()).toContain('webhooks.deliver');
    status = 200;
    await page.goto('/webhooks/outgoing');
    await page.getByRole('link', { name: url }).click();
    await page.getByTestId('disabled').waitFor();
  });
});

function signed(request: Received | undefined): [string, Record<string, string>] {
  if (!request) throw new Error('nothing was received');
  return [request.body, request.headers];
}
