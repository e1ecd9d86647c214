import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { signStandard } from '../support/sign.ts';
import { CHROMIUM, type Person, usePortal } from './portal.ts';

/** What DESIGN.md promises from the write to another person's dashboard. */
const PROMISED_MS = 5_000;

const invoice = (number: string, price: string) => ({
  number,
  currency: 'GBP',
  issuedAt: '2026-03-04T10:00:00.000Z',
  customerName: 'Ada Lovelace',
  country: 'United Kingdom',
  lines: [{ sku: 'S1', description: 'Lantern', quantity: 1, unitPrice: price }],
});

/** Resolves when the dashboard shows this revenue by itself; the page is never loaded again. */
async function showsRevenue(page: Page, amount: string): Promise<void> {
  const value = page.getByTestId('value-revenue').filter({ hasText: amount });
  await value.waitFor({ timeout: PROMISED_MS });
}

describe.skipIf(!CHROMIUM)('a dashboard that is open in another browser', () => {
  const portal = usePortal();

  /** A dashboard with one invoice of £100, watched. */
  async function watched(): Promise<{ person: Person; page: Page }> {
    const person = await portal.newPerson();
    const page = await person.open();
    await page
      .getByTestId('live-state')
      .and(page.locator('[data-state=live]'))
      .waitFor({ state: 'attached' });
    await person.client.post('/api/finance/invoices', invoice('W-1', '100.00'));
    await showsRevenue(page, '100.00');
    await page.evaluate('globalThis.loadedOnce = true');
    return { person, page };
  }

  const notReloaded = async (page: Page) => expect(await page.evaluate('globalThis.loadedOnce')).toBe(true);

  it('shows an invoice recorded over REST', async () => {
    const { person, page } = await watched();
    await person.client.post('/api/finance/invoices', invoice('W-2', '23.45'));
    await showsRevenue(page, '123.45');
    await notReloaded(page);
  });

  it('shows invoices imported from a file', async () => {
    const { person, page } = await watched();
    const rows = ['W-3', 'W-4'].map((number) => `${number},S1,1,2026-03-05 10:00:00,30.00,GBP`);
    const file = ['Invoice,SKU,Quantity,Date,Price,Currency', ...rows].join('\n');
    await person.client.upload({ collection: 'finance.invoices', file, fileName: 'march.csv' });
    await showsRevenue(page, '160.00');
    await notReloaded(page);
  });

  it('shows an invoice delivered by a signed webhook', async () => {
    const { person, page } = await watched();
    const endpoint = await person.client.post<{ url: string; secret: string }>(
      '/api/hooks/endpoints/create',
      {
        name: 'Shop',
        collection: 'finance.invoices',
        mapping:
          '{ "number": order.id, "currency": "GBP", "issuedAt": order.at, "lines": [order.items.{ "sku": sku, "quantity": qty, "unitPrice": price }] }',
      },
    );
    const order = {
      id: 'SHOP-1',
      at: '2026-03-06T10:00:00.000Z',
      items: [{ sku: 'S1', qty: 2, price: '5.50' }],
    };
    const body = { order };
    const headers = signStandard(endpoint.secret, 'msg_1', JSON.stringify(body));
    await person.client.post(new URL(endpoint.url).pathname, body, headers);
    await showsRevenue(page, '111.00');
    await notReloaded(page);
  });

  it('shows nothing of another organisation', async () => {
    const { page } = await watched();
    const stranger = await portal.newPerson('Stranger');
    await stranger.client.post('/api/finance/invoices', invoice('X-1', '999.00'));
    const theirs = await stranger.open();
    await showsRevenue(theirs, '999.00');
    expect(await page.getByTestId('value-revenue').textContent()).toContain('100.00');
  });
});
