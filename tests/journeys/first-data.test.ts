import { describe, expect, it } from 'vitest';
import { CHROMIUM, usePortal } from './portal.ts';

const INVOICES = [
  'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
  'A-1,S1,Lantern,10,2026-02-03 09:00:00,2.55,17850,United Kingdom',
  'A-1,S2,Doormat,1,2026-02-03 09:00:00,7.95,17850,United Kingdom',
  'A-2,S1,Lantern,many,2026-02-04 09:00:00,2.55,17851,France',
  'A-3,S3,Teapot,2,2026-02-05 09:00:00,20.00,17852,Germany',
  'A-4,S3,Teapot,1,05/02/26,20.00,17852,Germany',
].join('\n');

describe.skipIf(!CHROMIUM)('somebody new', () => {
  const portal = usePortal();

  it('signs up, imports a file with mistakes, sees which rows were refused and why, and then the figures', async () => {
    const page = await portal.visit();
    await page.goto('/sign-up');
    await page.getByLabel('Your name').fill('Ada Lovelace');
    await page.getByLabel('Organisation').fill('Analytical Engines');
    await page.getByLabel('Email').fill('ada@engines.example');
    await page.getByLabel('Password', { exact: true }).fill('a long passphrase');
    await page.getByRole('button', { name: 'Create account' }).click();

    await page.getByTestId('first-steps').waitFor();
    expect(await page.getByTestId('headlines').count()).toBe(0);
    await page.getByTestId('first-import').click();

    await page.getByLabel('Import into').selectOption({ label: 'Invoices' });
    const file = { name: 'february.csv', mimeType: 'text/csv', buffer: Buffer.from(INVOICES) };
    await page.getByTestId('import-file').setInputFiles(file);
    await page.getByRole('button', { name: 'Check file' }).click();
    await page.getByText('Check finished. Nothing was stored.').waitFor();
    await page.getByRole('button', { name: 'Start import' }).click();

    await page.getByText('Import finished').waitFor();
    const counts = ['rows', 'created', 'skipped'].map((name) =>
      page.getByTestId(`count-${name}`).textContent(),
    );
    expect(await Promise.all(counts)).toEqual(['5', '2', '2']);
    const errors = await page.getByTestId('import-error').allTextContents();
    expect(errors.sort()).toEqual([
      expect.stringMatching(/^3lines\.quantity.*“many” is not a number/),
      expect.stringMatching(/^5issuedAt.*05\/02\/26/),
    ]);

    await page.getByTestId('nav-dashboard').filter({ visible: true }).click();
    await page.getByTestId('value-revenue').filter({ hasText: '73.45' }).waitFor();
    expect(await page.getByTestId('value-orders').textContent()).toBe('2');
    expect(await page.getByTestId('value-customers').textContent()).toBe('2');
    await page.getByTestId('top-products').getByText('Teapot').waitFor();
    await page.getByTestId('by-country').getByText('Germany').waitFor();
  });

  it('is told in the form what is wrong with it', async () => {
    const page = await portal.visit();
    await page.goto('/sign-up');
    await page.getByLabel('Email').fill('not an address');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.keyboard.press('Enter');
    await page.getByText('Enter an email address such as ada@example.com.').waitFor();
    await page.getByText('Fill this in.').nth(1).waitFor();
    expect(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid')).toBe('true');
  });
});
