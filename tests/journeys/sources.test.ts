import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, overflow, usePortal } from './portal.ts';

/** Asks for a token, and gives two orders a page. */
const ORDERS = Array.from({ length: 5 }, (_, index) => ({
  id: index + 1,
  customer: { name: `Customer ${index + 1}` },
}));
let broken = false;
const api = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (broken) return void response.writeHead(404).end();
  if (request.headers.authorization !== 'Bearer geheim') return void response.writeHead(401).end();
  const page = Number(searchParams.get('page') ?? 1);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ data: ORDERS.slice((page - 1) * 2, page * 2) }));
});

describe.skipIf(!CHROMIUM)('sources in the portal', () => {
  const portal = usePortal({ environment: { MEWAYZ_OUTBOUND_ALLOW: '127.0.0.1' } });
  beforeAll(() => new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => api.close(resolve)));

  it('make a dataset, are read again by hand and by schedule, and say what is wrong', async () => {
    const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/orders`;
    const person = await portal.newPerson();
    const page = await person.open();
    await page.goto('/datasets/new');
    await page.getByRole('radio', { name: 'From a source' }).click();
    const form = page.getByTestId('new-source-form');
    await form.getByLabel('Name', { exact: true }).fill('Shop orders');
    await page.getByTestId('source-kind').selectOption('rest');
    await form.getByLabel('Address', { exact: true }).fill(url);
    await form.getByLabel('Where the list is').fill('data');
    await form.getByLabel('Pages').selectOption('page');
    await page.getByTestId('source-look').click();
    expect(await page.getByTestId('source-refused').textContent()).toContain('does not accept');
    await form.getByLabel('Sign in by').selectOption('bearer');
    await form.getByLabel('Token').fill('geheim');
    await page.getByTestId('source-look').click();

    await page.getByTestId('dataset-form').waitFor();
    await page.locator('[data-testid=column][data-source="customer.name"]').waitFor();
    await page.getByTestId('create-dataset').click();
    await page.getByTestId('row').nth(4).waitFor({ timeout: 60_000 });

    await page.getByRole('tab', { name: 'Sources' }).click();
    const row = page.getByTestId('source');
    await row.locator('summary').click();
    await page.locator('[data-testid=source-run][data-state=done]').waitFor();
    ORDERS.push({ id: 6, customer: { name: 'Customer 6' } });
    await page.getByTestId('run-source').click();
    await page.locator('[data-testid=source-run][data-state=done]').nth(1).waitFor({ timeout: 60_000 });
    await expect
      .poll(() => page.getByTestId('dataset-facts').textContent(), { timeout: 60_000 })
      .toContain('6 rows');

    // Its secret is kept, and never shown; what is changed is looked at with it.
    await page.getByTestId('source-more').click();
    await page.getByRole('menuitem', { name: 'Edit source' }).click();
    const dialog = page.getByTestId('source-dialog');
    expect(await dialog.getByLabel('Token').inputValue()).toBe('');
    await dialog.getByTestId('source-look').click();
    expect(await page.getByTestId('source-found').textContent()).toContain('customer.name');
    await dialog.getByTestId('source-mode').selectOption('upsert');
    await dialog.getByRole('checkbox', { name: 'id', exact: true }).check();
    await dialog.getByTestId('source-every').selectOption('daily');
    await dialog.getByLabel('Time', { exact: true }).fill('06:30');
    await dialog.getByLabel('Time zone').selectOption('Europe/Berlin');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await row.textContent()).toContain('every day at 06:30 (Europe/Berlin)');

    broken = true;
    await page.getByTestId('run-source').click();
    await page.locator('[data-testid=source-run][data-state=failed]').waitFor({ timeout: 60_000 });
    expect(await page.getByTestId('source-run').first().textContent()).toContain('It answered 404.');
    await page.getByTestId('pause-source').click();
    await page.locator('[data-testid=source][data-state=paused]').waitFor();

    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflow(page)).toBe(0);
    await page.getByTestId('new-source').click();
    await page.getByTestId('source-dialog').waitFor();
    expect(await overflow(page)).toBe(0);
    await page.keyboard.press('Escape');

    await page.getByTestId('source-more').click();
    await page.getByRole('menuitem', { name: 'Delete source' }).click();
    await page.getByTestId('confirm').getByRole('button', { name: 'Delete source' }).click();
    await page.getByText('No sources yet').waitFor();
  });
});
