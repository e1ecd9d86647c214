import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM, overflow, usePortal } from './portal.ts';

const PAGES = [
  '/',
  '/contacts',
  '/contacts/new',
  '/invoices',
  '/invoices/new',
  '/imports',
  '/datasets',
  '/datasets/new',
  '/webhooks',
  '/webhooks/outgoing',
  '/webhooks/events',
  '/jobs',
  '/settings',
];
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** Brightness of the page's background, 0 to 255. */
async function brightness(page: Page): Promise<number> {
  const colour = await page.evaluate<[number, number, number]>(`(() => {
    const context = document.createElement('canvas').getContext('2d');
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  })()`);
  return Math.max(...colour);
}

/** Presses Tab until the focus is on what has this accessible name. */
async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 80; presses++) {
    const focused = await page.evaluate<string>(`(() => {
      const { activeElement: element } = document;
      return element?.labels?.[0]?.firstChild?.textContent ?? element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    })()`);
    if (focused.trim() === name) return;
    seen.push(focused.trim());
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${name}, only to: ${seen.join(', ')}`);
}

async function ready(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('main h1').waitFor();
}

describe.skipIf(!CHROMIUM)('the portal', () => {
  const portal = usePortal();

  it('is used with the keyboard alone, from signing in to a new contact', async () => {
    const { email, password, client } = await portal.newPerson();
    const page = await portal.visit();
    await page.goto('/sign-in');
    await tabTo(page, 'Email');
    await page.keyboard.type(email);
    await tabTo(page, 'Password');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.getByTestId('first-steps').waitFor();

    await tabTo(page, 'Contacts');
    await page.keyboard.press('Enter');
    await page.getByTestId('nothing-yet').waitFor();
    await tabTo(page, 'New contact');
    await page.keyboard.press('Enter');
    await page.getByTestId('record-form').waitFor();
    await tabTo(page, 'Name');
    await page.keyboard.type('Ada Lovelace');
    await tabTo(page, 'Save');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    expect(await client.get('/api/crm/contacts')).toMatchObject({ items: [{ name: 'Ada Lovelace' }] });
  });

  it('fits a phone without scrolling sideways', async () => {
    const person = await portal.newPerson();
    await person.client.post('/api/crm/contacts', {
      name: 'A name that is much longer than any screen of a telephone is wide, to the end',
      email: `${'a'.repeat(60)}@analytical-engines.example`,
      tags: ['one', 'two', 'three', 'four', 'five'],
    });
    const page = await person.open(PHONE);
    const wide: string[] = [];
    for (const path of PAGES) {
      await ready(page, path);
      if ((await overflow(page)) > 0) wide.push(path);
    }
    expect(wide).toEqual([]);
    await page.goto('/contacts');
    await page.getByTestId('record-row').first().click();
    await page.getByTestId('record-detail').waitFor();
    expect(await overflow(page)).toBe(0);
  });

  it('follows the system into the dark, and stays in the light when told so', async () => {
    const person = await portal.newPerson();
    const page = await person.open({ colorScheme: 'dark' });
    expect(await brightness(page)).toBeLessThan(64);
    await ready(page, '/settings');
    await page.getByRole('tab', { name: 'Appearance' }).click();
    await page.getByText('Light', { exact: true }).click();
    await expect.poll(() => brightness(page)).toBeGreaterThan(200);
    await page.reload();
    await page.locator('main h1').waitFor();
    expect(await brightness(page)).toBeGreaterThan(200);
  });

  it('reads from right to left in Arabic', async () => {
    const person = await portal.newPerson();
    const page = await person.open();
    const cookie = { name: 'locale', value: 'ar', url: portal.server.url };
    await page.context().addCookies([cookie]);
    for (const path of PAGES) {
      await ready(page, path);
      expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
      expect(await overflow(page)).toBe(0);
    }
    expect(await page.locator('main h1').textContent()).toMatch(/\p{Script=Arabic}/u);
  });

  it('keeps two tabs signed in that renew their session at the same moment', async () => {
    const person = await portal.newPerson();
    const first = await person.open();
    const second = await first.context().newPage();
    await second.goto('/contacts');
    await second.getByTestId('nothing-yet').waitFor();
    for (let round = 0; round < 3; round++) {
      await Promise.all([first.reload(), second.reload()]);
      await Promise.all([
        first.getByTestId('first-steps').waitFor(),
        second.getByTestId('nothing-yet').waitFor(),
      ]);
    }
    expect([first, second].map((page) => new URL(page.url()).pathname)).toEqual(['/', '/contacts']);
  });
});
