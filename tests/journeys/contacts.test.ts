import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM, type Person, usePortal } from './portal.ts';

interface Contact {
  id: string;
  version: number;
}

const rows = (page: Page) => page.getByTestId('record-row');
/** Names of the rows, in their order. */
const names = (page: Page) => rows(page).getByRole('link').allTextContents();
const toast = (page: Page, text: string) => page.getByTestId('toast').filter({ hasText: text });

describe.skipIf(!CHROMIUM)('contacts in the portal', () => {
  const portal = usePortal();
  const add = (person: Person, contact: object) => person.client.post<Contact>('/api/crm/contacts', contact);

  it('are created, changed, compared with their past and brought back', async () => {
    const page = await (await portal.newPerson()).open();
    await page.getByTestId('nav-contacts').filter({ visible: true }).click();
    await page.getByTestId('nothing-yet').waitFor();
    await page.getByTestId('new-record').click();
    await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
    await page.getByLabel('Email').fill('ada@engines.example');
    await page.getByLabel('Score').fill('42');
    await page.getByTestId('save').click();
    await toast(page, 'Ada Lovelace created.').waitFor();

    await page.getByTestId('edit').click();
    await page.getByLabel('Name', { exact: true }).fill('Augusta Ada King');
    await page.getByTestId('save').click();
    await page.getByRole('heading', { name: 'Augusta Ada King' }).waitFor();

    const history = page.getByTestId('history-entry');
    await history.nth(1).waitFor();
    await history.first().getByText('changed Name').waitFor();
    await page.getByRole('button', { name: 'Bring back version 1' }).click();
    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    await page.locator('[data-testid=history-entry][data-version="3"]').waitFor();
  });

  it('come back when a deletion is undone', async () => {
    const person = await portal.newPerson();
    const { id } = await add(person, { name: 'Grace Hopper', email: 'grace@navy.example' });
    const page = await person.open();
    await page.goto(`/contacts/${id}`);
    await page.getByTestId('record-menu').click();
    await page.getByTestId('delete').click();
    await page.getByTestId('nothing-yet').waitFor();
    await toast(page, 'Grace Hopper deleted.').getByText('Undo').click();
    await rows(page).filter({ hasText: 'Grace Hopper' }).waitFor();
    expect(await person.client.get(`/api/crm/contacts/${id}`)).toMatchObject({ name: 'Grace Hopper' });
  });

  it('are filtered, sorted, searched and paged', async () => {
    const person = await portal.newPerson();
    const number = (n: number) => String(n).padStart(2, '0');
    const operations = Array.from({ length: 60 }, (_, n) => ({
      op: 'create',
      data: { name: `Person ${number(n)}`, status: n % 2 ? 'lead' : 'customer', score: n },
    }));
    await person.client.post('/api/crm/contacts/bulk', { operations });
    const page = await person.open();
    await page.goto('/contacts?sort=name');
    await rows(page).nth(24).waitFor();
    expect((await names(page)).slice(0, 2)).toEqual(['Person 00', 'Person 01']);

    await page.getByTestId('next-page').click();
    await page.getByText('26–50').waitFor();
    await rows(page).filter({ hasText: 'Person 25' }).waitFor();
    await page.getByTestId('next-page').click();
    await page.getByText('51–60').waitFor();
    await page.getByTestId('previous-page').click();
    await page.getByText('26–50').waitFor();

    await page.getByRole('button', { name: 'Sort by Score' }).click();
    await page.getByRole('button', { name: 'Sort by Score' }).click();
    await rows(page).first().filter({ hasText: 'Person 59' }).waitFor();

    await page.getByTestId('filters').click();
    const form = page.getByTestId('filter-form');
    await form.getByLabel('Status').selectOption({ label: 'Lead' });
    await form.getByLabel('Score from').fill('50');
    await page.getByTestId('apply-filters').click();
    await page.getByText('1–5').waitFor();
    expect(await names(page)).toEqual([59, 57, 55, 53, 51].map((n) => `Person ${n}`));

    await page.reload();
    await page.getByText('1–5').waitFor();
    await page.getByTestId('filters').click();
    await form.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByTestId('search').fill('person 07');
    await rows(page).nth(1).waitFor({ state: 'detached' });
    expect(await names(page)).toEqual(['Person 07']);
  });

  it('show two people who edited the same contact what the other one saved', async () => {
    const person = await portal.newPerson();
    const { id } = await add(person, { name: 'Alan Turing', company: 'Bletchley' });
    const page = await person.open();
    await page.goto(`/contacts/${id}/edit`);
    await page.getByRole('textbox', { name: /^Company( ?Optional)?$/ }).fill('Manchester');
    await person.client.patch(`/api/crm/contacts/${id}`, { company: 'Cambridge', score: 7 });
    await page.getByTestId('save').click();

    const conflict = page.getByTestId('conflict');
    await conflict.getByText('Cambridge').waitFor();
    await conflict.getByText('Manchester').waitFor();
    await page.getByTestId('keep-mine').click();
    await page.getByTestId('record-detail').getByText('Manchester').waitFor();
    expect(await person.client.get(`/api/crm/contacts/${id}`)).toMatchObject({
      company: 'Manchester',
      score: 7,
      version: 3,
    });
  });

  it('appear in a list that is open when somebody else adds them', async () => {
    const person = await portal.newPerson();
    await add(person, { name: 'First' });
    const page = await person.open();
    await page.goto('/contacts');
    await rows(page).filter({ hasText: 'First' }).waitFor();
    await page
      .getByTestId('live-state')
      .and(page.locator('[data-state=live]'))
      .waitFor({ state: 'attached' });
    await add(person, { name: 'Second' });
    await rows(page).filter({ hasText: 'Second' }).waitFor();
  });
});
