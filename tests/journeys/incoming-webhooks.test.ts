import { describe, expect, it } from 'vitest';
import { signStandard } from '../support/sign.ts';
import { CHROMIUM, usePortal } from './portal.ts';

const SOON = { timeout: 15_000 };

describe.skipIf(!CHROMIUM)('incoming webhooks in the portal', () => {
  const portal = usePortal();

  it('are set up for a sender, tried, received, mended and applied again', async () => {
    const person = await portal.newPerson();
    const page = await person.open();
    await page.goto('/webhooks');
    await page.getByTestId('new-webhook').click();
    await page.getByLabel('Name').fill('Sign-ups');
    await page.getByLabel('Sender', { exact: true }).selectOption('stripe');
    await page.getByText('In Stripe under Developers').waitFor();
    await page.getByTestId('try-mapping').click();
    await expect.poll(() => page.getByTestId('dry-run').getAttribute('data-state'), SOON).toBe('applied');

    await page.getByLabel('Sender', { exact: true }).selectOption('standard');
    await page
      .getByRole('button', { name: /^Remove contact/ })
      .first()
      .click();
    await page.getByLabel('Mapping', { exact: true }).fill('{ "name": full, "email": mail }');
    await page.getByLabel('Sample delivery').fill('{ "full": 7, "mail": "ada@example.test" }');
    await page.getByTestId('try-mapping').click();
    await expect.poll(() => page.getByTestId('dry-run').getAttribute('data-state'), SOON).toBe('failed');
    expect(await page.getByTestId('dry-run').innerText()).toContain('name');
    await page.getByRole('button', { name: 'Create webhook' }).click();
    const url = await page.getByTestId('webhook-url').innerText();
    const secret = await page.getByTestId('webhook-secret').innerText();
    await page.getByRole('button', { name: 'Done' }).click();

    const deliver = (id: string, body: object) =>
      person.client.post(new URL(url).pathname, body, signStandard(secret, id, JSON.stringify(body)));
    await deliver('msg_1', { full: 7, mail: 'ada@example.test' });
    await page.getByRole('link', { name: 'Sign-ups' }).click();
    const delivery = page.getByTestId('delivery').first();
    await expect.poll(() => delivery.getAttribute('data-state'), SOON).toBe('failed');
    await delivery.locator('summary').click();
    await expect.poll(() => delivery.innerText(), SOON).toContain('"mail": "ada@example.test"');

    await page.getByLabel('Mapping', { exact: true }).fill('{ "name": $string(full), "email": mail }');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByTestId('toast').getByText('Webhook saved.').waitFor();
    await delivery.getByRole('button', { name: 'Apply again' }).click();
    await expect.poll(() => delivery.getAttribute('data-state'), SOON).toBe('applied');

    await page.getByTestId('webhook-more').click();
    await page.getByRole('menuitem', { name: 'New secret' }).click();
    await page.getByRole('button', { name: 'New secret' }).click();
    expect(await page.getByTestId('new-secret').innerText()).not.toBe(secret);
    await page.getByRole('button', { name: 'Done' }).click();
    // The old secret counts for a day longer.
    await deliver('msg_2', { full: 'Grace', mail: 'grace@example.test' });
    await expect.poll(() => page.getByTestId('delivery').count(), SOON).toBe(2);
  });
});
