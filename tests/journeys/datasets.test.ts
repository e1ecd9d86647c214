import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM, overflow, usePortal } from './portal.ts';

/** The days could be European or American, the amounts have a decimal comma, and the fourth row has a cell too many. */
const ORDERS = [
  'Order No;Day;Total;Email;Remark',
  'A1;03/04/2026;1.234,50;ada@example.test;',
  'A2;05/04/2026;7,25;bob@example.test;urgent',
  'A3;06/04/2026;8,00;eve@example.test;',
  'A4;07/04/2026;9,00;mal@example.test;;too many',
  '',
].join('\n');
/** The same columns in another order, with one that is not wanted and an amount that is none. */
const MORE = [
  'Total;Order No;Extra;Day;Email',
  '100,00;B1;x;08/04/2026;zoe@example.test',
  'much;B2;y;09/04/2026;ivy@example.test',
  '',
].join('\n');

const send = (page: Page, name: string, content: string) =>
  page
    .getByTestId('dataset-file')
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
const cellsOf = (page: Page) =>
  page.evaluate<string[][]>(
    `[...document.querySelectorAll('[data-testid=row]')].map((row) => [...row.cells].map((cell) => cell.textContent))`,
  );

describe.skipIf(!CHROMIUM)('datasets in the portal', () => {
  const portal = usePortal();

  it('are made of a file whose readings are chosen, looked into, added to, and deleted', async () => {
    const person = await portal.newPerson();
    const page = await person.open();
    await page.getByTestId('nav-datasets').click();
    await page.getByText('No datasets yet').waitFor();
    await page.getByTestId('new-dataset').click();
    await send(page, 'orders.csv', ORDERS);
    await page.getByTestId('dataset-form').waitFor();
    expect(await page.getByTestId('warnings').textContent()).toContain('Choose which is meant.');

    const column = (source: string) => page.locator(`[data-testid=column][data-source="${source}"]`);
    expect(await column('Total').getByLabel('Written as').inputValue()).toBe(',');
    expect(await column('Remark').textContent()).toContain('66.7% empty');
    expect(await column('Email').getByLabel('Personal data').isChecked()).toBe(true);
    await column('Remark').getByRole('checkbox').first().uncheck();
    await column('Order No').getByLabel('Name in SQL').fill('Order No');

    await page.getByTestId('create-dataset').click();
    await page.getByText('Choose what is meant.').waitFor();
    await page.getByText('Use lower case letters').waitFor();
    await column('Order No').getByLabel('Name in SQL').fill('order_no');
    expect(await column('Day').getByTestId('readings').textContent()).toContain('4 March 2026');
    await column('Day').getByText('3 April 2026').click();
    await page.getByTestId('create-dataset').click();

    await page.getByTestId('row').first().waitFor({ timeout: 30_000 });
    expect(await cellsOf(page)).toEqual([
      ['A1', '2026-04-03', '1234.5', 'ada@example.test'],
      ['A2', '2026-04-05', '7.25', 'bob@example.test'],
      ['A3', '2026-04-06', '8', 'eve@example.test'],
    ]);
    expect(await page.getByTestId('dataset-facts').textContent()).toContain('1 row set aside');

    await page.getByRole('tab', { name: 'Profile' }).click();
    const total = page.locator('[data-testid=column-profile][data-name=total]');
    await total.waitFor();
    expect(await total.textContent()).toMatch(/Greatest\s*1,234.5/);
    expect(await total.textContent()).toContain('100% filled');

    await page.getByRole('tab', { name: 'Loads' }).click();
    await page.getByTestId('load').locator('summary').click();
    await page.getByTestId('quarantined-row').waitFor();
    expect(await page.getByTestId('quarantine').textContent()).toContain('too many');

    await page.getByRole('button', { name: 'Correct row' }).click();
    const correction = page.getByTestId('correct-row');
    for (const [label, text] of [
      ['Order No', 'A4'],
      ['Day', '07/04/2026'],
      ['Total', '9,00'],
    ] as const)
      await correction.getByLabel(label, { exact: true }).fill(text);
    await correction.getByRole('button', { name: 'Load row' }).click();
    await page.locator('[data-testid=quarantined-row][data-mended]').waitFor();
    await page.locator('[data-testid=load][data-state=done]').nth(1).waitFor({ timeout: 30_000 });
    await expect.poll(() => page.getByTestId('dataset-facts').textContent()).not.toContain('set aside');

    await page.getByTestId('load-file').click();
    await send(page, 'more.csv', MORE);
    await page.getByTestId('file-ready').waitFor();
    await page.getByTestId('start-load').click();
    await page.locator('[data-testid=load][data-state=done]').nth(2).waitFor({ timeout: 30_000 });
    await page.getByRole('tab', { name: 'Rows' }).click();
    await expect
      .poll(async () => (await cellsOf(page)).at(-1))
      .toEqual(['B1', '2026-04-08', '100', 'zoe@example.test']);
    expect(await page.getByTestId('dataset-facts').textContent()).toContain('5 rows');

    // A phone shows each part without scrolling the page sideways.
    await page.setViewportSize({ width: 360, height: 740 });
    for (const tab of ['Profile', 'Loads', 'Rows']) {
      await page.getByRole('tab', { name: tab }).click();
      await page
        .locator('[data-testid=column-profile], [data-testid=load], [data-testid=row]')
        .first()
        .waitFor();
      expect(await overflow(page)).toBe(0);
    }

    await page.getByTestId('dataset-more').click();
    await page.getByRole('menuitem', { name: 'Edit dataset' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Orders of spring');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Orders of spring' }).waitFor();

    await page.getByTestId('dataset-more').click();
    await page.getByRole('menuitem', { name: 'Delete dataset' }).click();
    await page.getByTestId('confirm').getByRole('button', { name: 'Delete dataset' }).click();
    await page.getByText('No datasets yet').waitFor();
  });

  it('say what is wrong with a file that does not fit, and stop one on its way', async () => {
    const person = await portal.newPerson();
    const columns = [{ source: 'a', name: 'a', type: 'integer' }];
    const { id } = await person.client.post<{ id: string }>('/api/datasets/datasets', {
      name: 'Small',
      columns,
    });
    const page = await person.open();
    await page.goto('/datasets/new');
    await send(page, 'notes.docx', 'x');
    await page.getByTestId('problem').waitFor();
    // A file on its way can be stopped, and another one sent.
    await page.route('**/uploads/create?*', () => undefined);
    await send(page, 'slow.csv', ORDERS);
    await page.getByTestId('uploading').getByRole('button', { name: 'Stop' }).click();
    await page.getByTestId('uploading').waitFor({ state: 'detached' });
    await page.unroute('**/uploads/create?*');
    await send(page, 'orders.csv', ORDERS);
    await page.getByTestId('dataset-form').waitFor();

    await page.goto(`/datasets/${id}`);
    await page.getByTestId('no-rows').waitFor();
    await page.getByTestId('load-file').click();
    await send(page, 'other.csv', 'b\n1\n');
    await page.getByTestId('file-ready').waitFor();
    await page.getByTestId('start-load').click();
    await page.getByText('The file has no column a.').waitFor();
  });
});
