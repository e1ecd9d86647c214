import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM, overflow, type Person, usePortal } from './portal.ts';

/** The fifth of the month so many months ago, at noon. */
function monthsAgo(months: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 5, 12)).toISOString();
}

/** Two contacts who bought three months ago and again today, one of them in between, and one who never did. */
async function fill({ client }: Person): Promise<void> {
  const create = async (path: string, body: object): Promise<string> =>
    ((await client.post(path, body)) as { id: string }).id;
  const [ada, bob] = [
    await create('/api/crm/contacts', { name: 'Ada', source: 'referral' }),
    await create('/api/crm/contacts', { name: 'Bob', source: 'newsletter' }),
  ];
  await create('/api/crm/contacts', { name: 'Cy' });
  await create('/api/crm/activities', { contactId: ada, kind: 'visit', channel: 'ads' });
  await create('/api/crm/activities', { contactId: ada, kind: 'email', channel: 'newsletter' });
  const invoice = (customerId: string, unitPrice: string, issuedAt?: string) =>
    create('/api/finance/invoices', {
      customerId,
      lines: [{ quantity: 1, unitPrice }],
      ...(issuedAt ? { issuedAt } : {}),
    });
  await invoice(ada, '10.00', monthsAgo(3));
  await invoice(bob, '5.00', monthsAgo(3));
  await invoice(ada, '20.00', monthsAgo(2));
  await invoice(bob, '5.00');
  const paid = await invoice(ada, '10.01');
  await create('/api/finance/payments', { invoiceId: paid, amount: 1001 });
  await expect
    .poll(
      async () => {
        const body = { metrics: ['new-contacts', 'activities', 'orders', 'payments'] };
        const answer = (await client.post('/api/analytics/query', body)) as { rows: unknown[] };
        return answer.rows;
      },
      { timeout: 60_000, interval: 250 },
    )
    .toEqual([{ 'new-contacts': 3, activities: 2, orders: 5, payments: 1 }]);
}

const cellsOf = (page: Page, table: string) =>
  page.evaluate<string[][]>(
    `[...document.querySelectorAll('[data-testid=${table}] tr')].map((row) => [...row.cells].map((cell) => cell.textContent.trim()))`,
  );
const shows = (page: Page, table: string) => expect.poll(() => cellsOf(page, table), { timeout: 30_000 });

describe.skipIf(!CHROMIUM)('journeys of contacts in the portal', () => {
  const portal = usePortal();

  it('are followed from step to step, month by month and back to what brought them, on phones and in Arabic too', async () => {
    const person = await portal.newPerson();
    await fill(person);
    const page = await person.open();
    await page.getByTestId('nav-journeys').click();
    await page.getByRole('heading', { name: 'Journeys', level: 1 }).waitFor();

    // From contact to order to payment, by where they were won.
    await page.getByTestId('funnel').waitFor();
    const steps = await cellsOf(page, 'funnel-table');
    expect(steps.slice(1).map((cells) => cells.slice(0, 4))).toEqual([
      ['1. New contacts', '3', '100%', '–'],
      ['2. Orders', '2', '66.7%', '66.7%'],
      ['3. Payments', '1', '33.3%', '50%'],
    ]);
    await page.getByTestId('funnel-by').selectOption('source');
    await shows(page, 'funnel-members').toEqual([
      ['Source', 'New contacts', 'Orders', 'Payments'],
      ['newsletter', '1', '1100%', '00%'],
      ['referral', '1', '1100%', '1100%'],
      ['Not given', '1', '00%', '00%'],
    ]);
    await page.getByRole('button', { name: 'Remove step 3' }).click();
    await expect.poll(() => page.getByTestId('funnel-step').count()).toBe(2);

    // Who buys again; the arrow keys go from tab to tab.
    await page.getByRole('tab', { name: 'Funnel' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByTestId('retention').waitFor();
    const cohort = async (row: number): Promise<string[]> =>
      (await page.getByTestId('retention-cohort').nth(row).locator('td').allTextContents()).slice(0, 5);
    const first = (await page.getByTestId('retention-cohort').count()) - 4;
    expect(await cohort(first)).toEqual(['2', '100%', '50%', '0%', '·Not over yet']);
    await page.getByTestId('retention-value').selectOption('revenue');
    await page.getByRole('radio', { name: 'Sum' }).click();
    await expect.poll(() => cohort(first)).toEqual(['2', '£15', '£20', '£0', '·Not over yet']);

    // What the orders of today are owed to.
    await page.getByRole('tab', { name: 'Attribution' }).click();
    await page.getByTestId('attribution').waitFor();
    expect(await cellsOf(page, 'attribution-table')).toEqual([
      ['Channel', 'First touch', 'Last touch', 'Linear', 'By position'],
      ['newsletter', '1', '2', '1.33', '1.4'],
      ['referral', '1', '0', '0.33', '0.4'],
      ['ads', '0', '0', '0.33', '0.2'],
      ['Without a touch', '3', '3', '3', '3'],
      ['Total', '5', '5', '5', '5'],
    ]);
    await page.getByTestId('conversion').selectOption('revenue');
    await page.getByRole('radio', { name: 'Value' }).click();
    await shows(page, 'attribution-table').toContainEqual([
      'newsletter',
      '£5.00',
      '£15.01',
      '£8.33',
      '£9.00',
    ]);

    // The address holds the question, for whoever gets it.
    await page.reload();
    await page.getByTestId('attribution').waitFor();
    expect(await page.getByTestId('conversion').inputValue()).toBe('revenue');
    await page.goBack();
    await page.getByTestId('attribution-table').waitFor();
    expect(await page.getByTestId('conversion').inputValue()).toBe('orders');

    // All of it fits a phone, in both directions.
    await page.setViewportSize({ width: 390, height: 844 });
    for (const locale of ['en', 'ar']) {
      await page.context().addCookies([{ name: 'locale', value: locale, url: portal.server.url }]);
      for (const journey of ['funnel', 'retention', 'attribution']) {
        await page.goto(`/journeys?journey=${journey}`);
        await page.getByTestId(journey).waitFor();
        expect(await page.locator('html').getAttribute('lang')).toBe(locale);
        expect([locale, journey, await overflow(page)]).toEqual([locale, journey, 0]);
      }
    }
  }, 180_000);
});
