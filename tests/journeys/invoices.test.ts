import { describe, expect, it } from 'vitest';
import { CHROMIUM, usePortal } from './portal.ts';

interface Invoice {
  id: string;
  number: string;
  status: string;
  total: number;
  due: number;
}

describe.skipIf(!CHROMIUM)('an invoice in the portal', () => {
  const portal = usePortal();

  it('is written line by line, issued with a number, and paid', async () => {
    const person = await portal.newPerson();
    const page = await person.open();
    await page.goto('/invoices/new');
    const line = (field: string, number: number) =>
      page.getByRole('textbox', { name: `${field}, line ${number}`, exact: true });
    await page.getByLabel('Customer name').fill('Ada Lovelace');
    await line('Description', 1).fill('Lantern');
    await line('Quantity', 1).fill('3');
    await line('Unit price', 1).fill('19.99');
    await line('Tax %', 1).fill('20');
    await page.getByTestId('add-line').click();
    await line('Description', 2).fill('Delivery');
    await line('Unit price', 2).fill('4.5');
    // 3 × 19.99 + 20 % (11.994, rounded) + 4.50
    await page.getByTestId('live-total').filter({ hasText: '76.46' }).waitFor();
    await page.getByTestId('save').click();

    await page.getByTestId('issue').click();
    await page.getByRole('heading', { name: 'INV-000001' }).waitFor();
    await page.getByTestId('record-payment').click();
    await page.getByLabel('Amount').fill('70.00');
    await page.getByTestId('save').click();
    await page.getByTestId('record-detail').waitFor();

    const find = async () =>
      (await person.client.get<{ items: Invoice[] }>('/api/finance/invoices?number=INV-000001')).items[0];
    expect(await find()).toMatchObject({ status: 'partially_paid', total: 7_646, due: 646 });
    await page.goto(`/invoices/${(await find())?.id}`);
    await page.getByText('Partly paid').waitFor();
    await page.getByTestId('record-payment').click();
    // The form suggests what is due.
    expect(await page.getByLabel('Amount').inputValue()).toBe('6.46');
    await page.getByTestId('save').click();
    await page.getByTestId('record-detail').waitFor();
    expect(await find()).toMatchObject({ status: 'paid', due: 0 });
  });

  it('says beside the line what is wrong, and stores nothing', async () => {
    const person = await portal.newPerson();
    const page = await person.open();
    await page.goto('/invoices/new');
    await page.getByRole('textbox', { name: 'Unit price, line 1' }).fill('a lot');
    await page.getByTestId('save').click();
    await page.getByText('Enter a number.').waitFor();
    expect(await person.client.get('/api/finance/invoices')).toMatchObject({ items: [] });
  });
});
