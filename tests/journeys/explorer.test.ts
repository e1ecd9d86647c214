import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import ExcelJs from 'exceljs';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXCERPT, type RetailLine, readRetail } from '../../scripts/demo/retail.ts';
import { eventually } from '../support/server.ts';
import { CHROMIUM, overflow, type Person, usePortal } from './portal.ts';
import { factsOf } from './retail-facts.ts';

const onDay = (lines: readonly RetailLine[], day: string) =>
  lines.filter(({ InvoiceDate }) => InvoiceDate.startsWith(day));
const csvOf = (lines: readonly RetailLine[]): string =>
  [
    Object.keys(lines[0] ?? {}).join(),
    ...lines.map((line) =>
      Object.values(line)
        .map((value) => `"${value.replaceAll('"', '""')}"`)
        .join(),
    ),
  ].join('\n');

const tick = async (page: Page, opener: string, ...names: string[]): Promise<void> => {
  await page.getByTestId(opener).click();
  for (const name of names) await page.getByRole('checkbox', { name, exact: false }).first().check();
  await page.keyboard.press('Escape');
};
const answered = (page: Page): Promise<unknown> =>
  page.locator('[data-testid=answer][aria-busy=false]').waitFor();
const cellsOf = (page: Page, testId: string): Promise<string[][]> =>
  page.evaluate(
    `[...document.querySelectorAll('[data-testid=${testId}]')].map((row) => [...row.cells].map((cell) => cell.textContent))`,
  );
const pounds = (text: string | undefined): number => Number(text?.replaceAll(/[^\d.-]/g, ''));

async function saved(page: Page, item: string): Promise<Buffer> {
  await page.getByTestId('export-answer').click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: item }).click(),
  ]);
  return readFile(await file.path());
}

async function importLines(person: Person, lines: readonly RetailLine[]): Promise<void> {
  const upload = { collection: 'finance.invoices', file: csvOf(lines), fileName: 'december.csv' };
  await person.client.ended(await person.client.upload(upload));
  await eventually(
    'units in the warehouse',
    async () => (await person.client.query({ metrics: ['units'] })).rows[0]?.units,
    (units) => units === factsOf(lines).units,
    60_000,
  );
}

const DAYS = ['2010-12-01', '2010-12-02', '2010-12-03'] as const;
/** Two figures by country on 2 December, beside the day before. */
const QUESTION =
  'metrics=revenue,orders&by=country&from=2010-12-02&to=2010-12-03&compare=previous-period&show=table';

/** Milliseconds a journey may take on a machine that is busy with others. */
const PATIENCE = 180_000;

describe.skipIf(!CHROMIUM)('the metric explorer', () => {
  const portal = usePortal();
  let person: Person;
  let days: RetailLine[][];

  beforeAll(async () => {
    const { lines } = await readRetail(EXCERPT);
    days = DAYS.map((day) => onDay(lines, day).slice(0, 300));
    person = await portal.newPerson();
    await importLines(person, days.flat());
  });

  it('answers two figures by country beside the day before, as a table and as files', {
    timeout: PATIENCE,
  }, async () => {
    const [earlier, facts] = days.map(factsOf);
    if (!earlier || !facts) throw new Error('two days');
    const page = await person.open();
    await page.getByTestId('nav-explore').click();
    await tick(page, 'add-metric', 'Revenue', 'Orders');
    await tick(page, 'add-dimension', 'Country');
    await page.getByTestId('explore-period').selectOption('custom');
    for (const label of ['Up to and including', 'From']) {
      await page.getByLabel(label, { exact: true }).fill('2010-12-02');
      await page.keyboard.press('Enter');
    }
    await page.getByTestId('explore-compare').selectOption('previous-period');
    await page.getByTestId('answer').getByRole('radio', { name: 'Table' }).click();
    await page.getByRole('columnheader', { name: 'Revenue, change' }).waitFor();
    await answered(page);
    expect(new URL(page.url()).search.slice(1).split('&').toSorted()).toEqual(QUESTION.split('&').toSorted());

    // Column by column: country, revenue, before, change, orders, before, change.
    const rows = await cellsOf(page, 'answer-row');
    const shown = Object.fromEntries(rows.map(([country, revenue]) => [country, pounds(revenue)]));
    expect(shown).toMatchObject(facts.revenueByCountry);
    for (const [country, , previous] of rows)
      expect(pounds(previous)).toBe(earlier.revenueByCountry[country ?? ''] ?? 0);
    await page.getByTestId('answer-total').waitFor();
    const [total] = await cellsOf(page, 'answer-total');
    expect([1, 2, 4, 5].map((column) => pounds(total?.[column]))).toEqual([
      facts.revenue,
      earlier.revenue,
      facts.orders,
      earlier.orders,
    ]);
    await page.getByRole('columnheader', { name: 'Country' }).getByRole('button').click();
    expect((await cellsOf(page, 'answer-row')).map(([country]) => country)).toEqual(
      rows.map(([country]) => country ?? '').toSorted(),
    );
    await page.getByTestId('show-sql').click();
    expect(await page.getByTestId('sql').textContent()).toContain('SELECT');

    const kingdom = facts.revenueByCountry['United Kingdom'] ?? 0;
    const csv = parse(await saved(page, 'CSV'), { columns: true }) as Record<string, string>[];
    expect(csv).toHaveLength(rows.length);
    expect(csv[0]).toMatchObject({ Country: 'United Kingdom', 'Revenue (GBP)': kingdom.toFixed(2) });
    const book = new ExcelJs.Workbook();
    await book.xlsx.load((await saved(page, 'XLSX')) as never);
    const sheet = book.worksheets[0];
    expect(sheet?.getRow(1).values).toEqual([
      undefined,
      'Country',
      'Revenue (GBP)',
      'Revenue, before (GBP)',
      'Revenue, change',
      'Orders',
      'Orders, before',
      'Orders, change',
    ]);
    expect(sheet?.getCell('B2')).toMatchObject({ value: kingdom, numFmt: '[$GBP] #,##0.00' });

    await page.getByTestId('answer').getByRole('radio', { name: 'Bars' }).click();
    await page.locator('[data-plot] svg.recharts-surface').nth(1).waitFor();
    const png = await saved(page, 'PNG');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // Twice as many pixels as on screen.
    expect(png.readUInt32BE(16)).toBeGreaterThan(1_500);
  });

  it('keeps a question under a name, and opens it by its address', { timeout: PATIENCE }, async () => {
    const page = await person.open();
    await page.goto(`/explore?${QUESTION}`);
    await answered(page);
    const rows = await cellsOf(page, 'answer-row');
    await page.getByTestId('save-as-chart').click();
    await page.getByTestId('save-chart').getByLabel('Name').fill('Countries, 2 December');
    await page.getByTestId('save-chart').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Countries, 2 December', level: 1 }).waitFor();

    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole('heading', { name: 'Countries, 2 December', level: 1 }).waitFor();
    await answered(other);
    expect(await cellsOf(other, 'answer-row')).toEqual(rows);
    await other.getByTestId('answer').getByRole('radio', { name: 'Bars' }).click();
    await other.locator('[data-testid=answer][data-display=bar]').waitFor();
    await other.getByTestId('save-changes').click();
    await other.getByTestId('save-changes').waitFor({ state: 'detached' });
    await other.goBack();
    await other.locator('[data-testid=answer][data-display=table]').waitFor();

    await page.getByTestId('nav-charts').click();
    await page.getByTestId('chart-row').getByText('Bars').waitFor();
    await page.getByTestId('chart-more').click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByTestId('rename-chart').getByLabel('Name').fill('By country');
    await page.getByTestId('rename-chart').getByRole('button', { name: 'Save' }).click();
    await page.getByTestId('chart-row').getByText('By country').click();
    await page.getByRole('heading', { name: 'By country', level: 1 }).waitFor();
    await page.goBack();
    await page.getByTestId('chart-more').click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByTestId('confirm').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No charts yet').waitFor();
  });

  it('is used with the keyboard alone, on a phone, and says what a chart shows', {
    timeout: PATIENCE,
  }, async () => {
    const { revenue } = factsOf(days[0] ?? []);
    const page = await person.open({ viewport: { width: 360, height: 740 } });
    await page.goto('/explore?grain=day');
    await page.getByTestId('add-metric').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox').waitFor();
    await page.keyboard.type('revenue');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    const plot = page.locator('[data-plot] svg.recharts-surface');
    await plot.waitFor();
    expect(await overflow(page)).toBe(0);

    await plot.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    const said = page.locator('[data-plot] [role=status]');
    await said.getByText('1 December 2010').waitFor();
    expect(pounds((await said.getByRole('listitem').last().textContent()) ?? '')).toBe(revenue);

    const shownAs = page.getByTestId('answer');
    await shownAs.getByRole('radio', { name: 'Line' }).focus();
    await page.keyboard.press('ArrowLeft');
    await shownAs.locator('[role=radio]:focus', { hasText: 'Table' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('answer-table').waitFor();
    expect(await overflow(page)).toBe(0);
  });
});
