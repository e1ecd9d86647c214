import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM, overflow, type Person, type Portal, usePortal } from './portal.ts';

const HEADER = 'no,total,day,country,email\n';
const GOOD = Array.from(
  { length: 40 },
  (_, at) =>
    `A${at},${at},2026-01-${String((at % 28) + 1).padStart(2, '0')},${at % 2 ? 'IS' : 'NO'},p${at}@example.test\n`,
).join('');
const COLUMNS = [
  { source: 'no', name: 'no', type: 'string' },
  { source: 'total', name: 'total', type: 'integer' },
  { source: 'day', name: 'day', type: 'date' },
  { source: 'country', name: 'country', type: 'string' },
  { source: 'email', name: 'email', type: 'string', pii: true },
];

/** Loads CSV through the API, and resolves how that ended. */
async function load(
  portal: Portal,
  { client, token }: Person,
  datasetId: string,
  raw: string,
): Promise<string> {
  const headers = { 'content-type': 'text/csv' };
  const url = '/api/datasets/uploads/create?format=csv';
  const { body: upload } = await portal.server.request('POST', url, { token, raw, headers });
  const body = { datasetId, uploadId: upload.id };
  const started = await client.post<{ id: string }>('/api/datasets/loads/start', body);
  const state = async (): Promise<string> =>
    (await client.get<{ state: string }>(`/api/datasets/loads/${started.id}`)).state;
  await expect.poll(state, PATIENT).toMatch(/done|failed/);
  return state();
}

/** A check may wait for a busy machine. */
const PATIENT = { timeout: 60_000 };

const tab = (page: Page, name: string): Promise<void> => page.getByRole('tab', { name }).click();

describe.skipIf(!CHROMIUM)('the quality of a dataset, in the portal', () => {
  const portal = usePortal();

  it('is asked of every load by rules that are suggested or made, and seen in rows, lineage and files', {
    timeout: 180_000,
  }, async () => {
    const person = await portal.newPerson();
    const { id } = await person.client.post<{ id: string }>('/api/datasets/datasets', {
      name: 'Orders',
      columns: COLUMNS,
    });
    expect(await load(portal, person, id, HEADER + GOOD)).toBe('done');

    const page = await person.open();
    await page.goto(`/datasets/${id}`);
    await page.getByTestId('row').first().waitFor();
    expect(await page.getByTestId('personal-mark').count()).toBe(1);
    await tab(page, 'Quality');
    await page.getByTestId('no-rules').waitFor();
    await page.getByTestId('suggest-rules').click();
    await page.getByTestId('suggestion').first().waitFor();
    await page.getByTestId('suggestions').getByRole('button', { name: 'Take these' }).click();
    const rules = page.getByTestId('rule');
    await expect.poll(() => rules.count(), PATIENT).toBeGreaterThan(4);
    const passed = page.locator('[data-testid=rule][data-state=passed]');
    const open = async (): Promise<number> => (await rules.count()) - (await passed.count());
    await expect.poll(open, PATIENT).toBe(0);

    await page.getByTestId('add-rule').click();
    const form = page.getByTestId('rule-form');
    await form.getByLabel('What is checked').selectOption('range');
    await form.getByLabel('Column').selectOption('total');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Fill this in.').waitFor();
    await form.getByLabel('Name').fill('Totals stay small');
    await form.getByLabel('At most').fill('100');
    await form.getByLabel('Keep loads out').check();
    await form.getByRole('button', { name: 'Save' }).click();
    const own = rules.filter({ hasText: 'Totals stay small' });
    await expect.poll(() => own.getAttribute('data-state'), PATIENT).toBe('passed');

    expect(
      await load(
        portal,
        person,
        id,
        `${HEADER}B1,101,2026-02-01,IS,b@example.test\nB2,5,2026-02-01,XX,c@example.test\n`,
      ),
    ).toBe('failed');
    await expect.poll(() => own.getAttribute('data-state'), PATIENT).toBe('failed');
    await own.locator('summary').click();
    await own.getByTestId('failing-rows').waitFor();
    expect(await own.getByTestId('failing-rows').textContent()).toContain('B1');
    expect(await own.getByTestId('failing-count').textContent()).toBe('1 of 42 rows');

    await tab(page, 'Lineage');
    await page.getByTestId('lineage').getByRole('img').waitFor();
    expect(await page.getByTestId('lineage').textContent()).toContain('Totals stay small');

    const saved = page.waitForEvent('download');
    await page.getByTestId('export-rows').click();
    await page.getByRole('menuitem', { name: 'CSV' }).click();
    const lines = (await readFile(await (await saved).path(), 'utf8')).trim().split('\r\n');
    expect([lines.length, lines[0]]).toEqual([41, 'no,total,day,country,email']);

    await page.goto('/datasets');
    expect(await page.getByTestId('failed-rules').textContent()).toContain('failed');
  });

  it('can be worked with on a phone, in Arabic and in the dark; old rows are removed as one says', {
    timeout: 180_000,
  }, async () => {
    const person = await portal.newPerson();
    const { id } = await person.client.post<{ id: string }>('/api/datasets/datasets', {
      name: 'Orders',
      columns: COLUMNS,
    });
    await load(portal, person, id, HEADER + GOOD);
    const rule = {
      datasetId: id,
      name: 'From Iceland',
      kind: 'accepted-values',
      column: 'country',
      values: ['IS'],
    };
    await person.client.post('/api/datasets/rules', rule);
    await person.client.post('/api/datasets/rules/check', { datasetId: id });
    const page = await person.open({ viewport: { width: 390, height: 780 }, colorScheme: 'dark' });
    await page.context().addCookies([{ name: 'locale', value: 'ar', url: portal.server.url }]);
    await page.goto(`/datasets/${id}`);
    await page.getByTestId('row').first().waitFor();
    await tab(page, 'الجودة');
    await page.getByTestId('rule').locator('summary').click();
    await page.getByTestId('failing-rows').waitFor();
    expect(await overflow(page)).toBe(0);
    await page.keyboard.press('Escape');
    await tab(page, 'المسار');
    await page.getByTestId('lineage').waitFor();
    expect(await overflow(page)).toBe(0);
    await page.getByTestId('dataset-more').click();
    await page.getByRole('menuitem', { name: 'مدة حفظ الصفوف' }).click();
    const form = page.getByTestId('keep-rows');
    await form.getByRole('checkbox').check();
    await form.getByRole('combobox').selectOption('day');
    await form.getByRole('textbox').fill('30');
    await form.getByRole('button', { name: 'حفظ' }).click();
    await form.waitFor({ state: 'detached' });
    const { retention } = await person.client.get<{ retention: unknown }>(`/api/datasets/datasets/${id}`);
    expect(retention).toEqual({ days: 30, column: 'day' });
  });
});
