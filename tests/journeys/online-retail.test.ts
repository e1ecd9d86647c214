import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../scripts/demo/client.ts';
import { EXCERPT, type RetailLine, readRetail } from '../../scripts/demo/retail.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { factsOf, type RetailFacts } from './retail-facts.ts';
import { askFacts, importRetail, type RetailImport } from './retail-import.ts';

/** A month of a real shop, sent as a file through the public API. */
describe('December 2010 of Online Retail', () => {
  let server: TestServer;
  let client: Client;
  let lines: RetailLine[];
  let facts: RetailFacts;
  let result: RetailImport;

  beforeAll(async () => {
    server = await startServer();
    client = createClient(server.url).as((await server.register('Shop')).token);
    const excerpt = await readRetail(EXCERPT);
    lines = excerpt.lines;
    facts = factsOf(lines);
    result = await importRetail(client, excerpt.bytes, 'online-retail-2010-12.csv.gz', facts);
  }, 240_000);
  afterAll(() => server?.remove());

  it('accounts for every line', () => {
    expect(result.job).toMatchObject({
      state: 'done',
      rows: 42_481,
      processed: 42_481,
      created: 2_025,
      skipped: 0,
      errorCount: 0,
      errors: [],
    });
  });

  it('comes to 748,957.02', async () => {
    const december = { metrics: ['revenue'], from: '2010-12-01', to: '2011-01-01' };
    expect((await client.query(december)).rows).toEqual([{ revenue: 748_957.02 }]);
  });

  it('has the orders, customers, units, months and countries that its lines have', async () => {
    const { lines: _lines, invoices: _invoices, ...expected } = facts;
    expect(await askFacts(client)).toEqual(expected);
  });

  it('keeps every line as it was written', async () => {
    const number = '536365';
    const { items } = await client.get<{ items: { lines: object[]; customerId: string }[] }>(
      `/api/finance/invoices?number=${number}`,
    );
    const written = lines.filter(({ InvoiceNo }) => InvoiceNo === number);
    expect(items).toMatchObject([
      {
        customerId: '17850',
        country: 'United Kingdom',
        issuedAt: '2010-12-01T08:26:00.000Z',
        lines: written.map((line) => ({
          sku: line.StockCode,
          description: line.Description,
          quantity: Number(line.Quantity),
          unitPrice: line.UnitPrice,
        })),
      },
    ]);
  });

  it('takes no line twice when the file is sent again', async () => {
    const { bytes } = await readRetail(EXCERPT);
    const again = await client.ended(
      await client.upload({ collection: 'finance.invoices', file: bytes, fileName: 'again.csv.gz' }),
    );
    expect(again).toMatchObject({ created: 0, updated: 0, skipped: 42_481 });
    expect((await askFacts(client)).revenue).toBe(748_957.02);
  });
});
