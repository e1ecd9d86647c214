import { parse } from 'csv-parse/sync';
import ExcelJs from 'exceljs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../kernel/testing/harness.ts';
import { auth } from '../auth/module.ts';
import { tenants } from '../tenants/module.ts';
import { answerFile } from './answer-file.ts';
import { analytics } from './module.ts';
import { sales } from './testing.ts';

let platform: TestPlatform;
let shop: TestTenant;

beforeAll(async () => {
  platform = await createTestPlatform([auth, tenants, sales, analytics]);
  shop = await platform.register('Shop');
  const sold: readonly (readonly [country: string, currency: string, amount: number, day: string])[] = [
    ['=HYPERLINK("http://x.test")', 'GBP', 1050, '2026-01-10'],
    ['FR', 'GBP', 205, '2026-02-11'],
    ['JP', 'JPY', 700, '2026-02-12'],
  ];
  for (const [index, [country, currency, amount, day]] of sold.entries())
    await platform.request('POST', '/api/sales/invoices', {
      token: shop.token,
      body: {
        number: String(index),
        kind: 'invoice',
        status: 'issued',
        currency,
        country,
        issuedAt: `${day}T00:00:00Z`,
        lines: [{ quantity: 1, unitPrice: '1', amount }],
        total: amount,
      },
    });
  await platform.drain();
});
afterAll(() => platform.close());

const save = async (body: object) => {
  const answer = await platform.request('POST', '/api/analytics/export', { token: shop.token, body });
  expect(answer.status).toBe(200);
  return answer;
};
test('a CSV has headers with the currency, plain figures, and no formulas', async () => {
  const answer = await save({
    format: 'csv',
    query: {
      metrics: ['revenue', 'orders'],
      dimensions: ['country'],
      filters: { currency: 'GBP' },
      grain: 'month',
      limit: 1,
    },
    headers: { orders: '=Bestellungen' },
  });
  expect(answer.headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="revenue-orders.csv"',
    'x-truncated': 'false',
  });
  expect(parse(answer.text)).toEqual([
    ['Period', 'Country', 'Revenue (GBP)', "'=Bestellungen"],
    ['2026-01-01', `'=HYPERLINK("http://x.test")`, '10.50', '1'],
    ['2026-02-01', 'FR', '2.05', '1'],
  ]);
});

test('a workbook has days, and amounts of each currency in its own format', async () => {
  const answer = {
    columns: [
      { name: 'period', label: 'Period', type: 'time' as const },
      { name: 'currency', label: 'Currency', type: 'text' as const },
      { name: 'revenue', label: 'Revenue', type: 'money' as const, currency: null },
      { name: 'share', label: 'Share', type: 'percent' as const },
      { name: 'seen', label: 'Seen', type: 'time' as const },
    ],
    rows: [
      { period: '2026-01-01', currency: 'GBP', revenue: 10.5, share: 0.1, seen: '2026-01-01T12:00:00Z' },
      { period: '2026-02-01', currency: 'JPY', revenue: -700, share: null, seen: '1815-12-10' },
      { period: null, currency: '-1+1', revenue: 2.05, share: 1, seen: null },
    ],
    truncated: false,
  };
  const book = new ExcelJs.Workbook();
  await book.xlsx.load((await answerFile(answer, 'xlsx', 'x')).body as never);
  const sheet = book.worksheets[0];
  if (!sheet) throw new Error('one sheet');
  const values = [2, 3, 4].map((row) => (sheet.getRow(row).values as unknown[]).slice(1));
  const [day, noon] = ['2026-01-01T00:00:00Z', '2026-01-01T12:00:00Z'].map((time) => new Date(time));
  expect(values).toEqual([
    [day, 'GBP', 10.5, 0.1, noon],
    // biome-ignore lint/suspicious/noSparseArray: an empty cell is a hole in what the reader gives
    [new Date('2026-02-01T00:00:00Z'), 'JPY', -700, , '1815-12-10'],
    // biome-ignore lint/suspicious/noSparseArray: an empty cell is a hole in what the reader gives
    [, "'-1+1", 2.05, 1],
  ]);
  const formats = ['A2', 'C2', 'C3', 'C4', 'D2', 'E2'].map((cell) => sheet.getCell(cell).numFmt);
  expect(formats).toEqual([
    'yyyy-mm-dd',
    '[$GBP] #,##0.00',
    '[$JPY] #,##0',
    undefined,
    '0.0%',
    'yyyy-mm-dd hh:mm:ss',
  ]);
});
