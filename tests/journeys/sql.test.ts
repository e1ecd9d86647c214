import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import ExcelJs from 'exceljs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/server.ts';
import { CHROMIUM, overflow, usePortal } from './portal.ts';

const SOLD = [
  ['A-1', 'France', '12.50', 2],
  ['A-2', 'Spain', '3.00', 1],
  ['A-3', 'France', '0.99', 10],
] as const;

const cellsOf = (page: Page): Promise<string[][]> =>
  page.evaluate(
    `[...document.querySelectorAll('[data-testid=answer-row]')].map((row) => [...row.cells].map((cell) => cell.textContent))`,
  );

async function saved(page: Page, item: string): Promise<Buffer> {
  await page.getByTestId('export-answer').click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: item }).click(),
  ]);
  return readFile(await file.path());
}

/** Milliseconds a journey may take on a machine that is busy with others. */
const PATIENCE = 180_000;

describe.skipIf(!CHROMIUM)('the SQL page', () => {
  const portal = usePortal();

  it('answers what is typed, marks what is wrong, keeps the queries, and saves the result as files', {
    timeout: PATIENCE,
  }, async () => {
    const person = await portal.newPerson();
    for (const [number, country, unitPrice, quantity] of SOLD)
      await person.client.post('/api/finance/invoices', {
        number,
        country,
        currency: 'GBP',
        issuedAt: '2026-03-04T10:00:00.000Z',
        lines: [{ sku: 'S1', description: '=1+1', quantity, unitPrice }],
      });
    await eventually(
      'orders in the warehouse',
      async () => (await person.client.query({ metrics: ['units'] })).rows[0]?.units,
      (units) => units === 13,
      60_000,
    );

    const page = await person.open();
    await page.getByTestId('nav-sql').click();
    const editor = page.getByTestId('sql-editor');
    await editor.focus();
    await page.keyboard.type('SELECT country,\n  SUM(totl) AS total\nFROM ');
    // A line begins where the one before did, and names of tables are put in by a click.
    expect(await editor.inputValue()).toBe('SELECT country,\n  SUM(totl) AS total\n  FROM ');
    await page.getByLabel('Search tables').fill('finance_invoices');
    await page.getByTestId('sql-table').first().locator('summary').click();
    await page.getByRole('button', { name: 'finance_invoices table', exact: true }).click();
    await page.keyboard.type('\nGROUP BY country ORDER BY total DESC');
    await page.keyboard.press('Control+Enter');
    await page.getByTestId('sql-mark').waitFor({ timeout: 60_000 });
    expect(await editor.getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('button', { name: 'Go to line 2, column 7' }).click();
    const caret = await page.evaluate<number>('document.activeElement.selectionStart');
    expect((await editor.inputValue()).slice(caret)).toMatch(/^totl/);

    await editor.fill((await editor.inputValue()).replace('totl', 'total'));
    await page.getByTestId('sql-run').click();
    await page.getByTestId('sql-result').waitFor({ timeout: 60_000 });
    // Amounts are minor units in the tables.
    expect(await cellsOf(page)).toEqual([
      ['France', '3490'],
      ['Spain', '300'],
    ]);
    await page.getByRole('columnheader', { name: 'country' }).getByRole('button').click();
    await page.getByRole('columnheader', { name: 'country' }).getByRole('button').click();
    expect((await cellsOf(page)).map(([country]) => country)).toEqual(['Spain', 'France']);

    await editor.fill('SELECT number, DATE(issued_at) AS day, total FROM finance_invoices ORDER BY number');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('columnheader', { name: 'day' }).waitFor({ timeout: 60_000 });
    expect(parse(await saved(page, 'CSV'))).toEqual([
      ['number', 'day', 'total'],
      ['A-1', '2026-03-04', '2500'],
      ['A-2', '2026-03-04', '300'],
      ['A-3', '2026-03-04', '990'],
    ]);
    const book = new ExcelJs.Workbook();
    await book.xlsx.load((await saved(page, 'XLSX')) as never);
    expect(book.worksheets[0]?.getRow(2).values).toEqual([
      undefined,
      'A-1',
      new Date('2026-03-04T00:00:00Z'),
      2500,
    ]);

    await page.reload();
    const history = page.getByTestId('sql-history').getByRole('button', { name: /SUM\(total\)/ });
    await history.click();
    expect(await editor.inputValue()).toContain('SUM(total)');
    await editor.focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.dataset.testid')).toBe('sql-run');

    // A query that is under way can be given up.
    await page.route('**/api/analytics/sql', () => undefined);
    await page.keyboard.press('Enter');
    await page.getByTestId('sql-running').getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Cancelled.').waitFor();
    await page.unroute('**/api/analytics/sql');

    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflow(page)).toBe(0);
  });
});
