/** The excerpt of Online Retail that the demonstration shows, and what its lines say of products and customers. */

import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

export const EXCERPT = new URL('../../tests/data/online-retail-2010-12.csv.gz', import.meta.url);
export const ATTRIBUTION =
  'Online Retail: Chen, D. (2015), UCI Machine Learning Repository, https://doi.org/10.24432/C5BW33, CC BY 4.0';

/** One line of an invoice, as the source writes it. */
export interface RetailLine {
  InvoiceNo: string;
  StockCode: string;
  Description: string;
  Quantity: string;
  InvoiceDate: string;
  UnitPrice: string;
  CustomerID: string;
  Country: string;
}

export async function readRetail(
  file: URL | string,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; lines: RetailLine[] }> {
  const bytes = new Uint8Array(await readFile(file));
  const text = bytes[0] === 0x1f ? gunzipSync(bytes) : Buffer.from(bytes);
  return { bytes, lines: parse(text, { columns: true }) as RetailLine[] };
}

/** A CSV of products: each stock code with the name and the price most of its lines have. */
export function productsCsv(lines: readonly RetailLine[]): string {
  const rows = [...grouped(lines, ({ StockCode }) => StockCode.toUpperCase())].map(([sku, sold]) => {
    const name = mostCommon(sold.map(({ Description }) => Description.trim())) ?? sku;
    const price = mostCommon(sold.map(({ UnitPrice }) => UnitPrice).filter((each) => Number(each) > 0));
    return [sku, name, price === undefined ? '' : String(Math.round(Number(price) * 100))];
  });
  return csv(['sku', 'name', 'price'], rows);
}

/** A CSV of contacts: one for each customer number, scored by its invoices. The source names no people. */
export function contactsCsv(lines: readonly RetailLine[]): string {
  const known = lines.filter(({ CustomerID }) => CustomerID !== '');
  const rows = [...grouped(known, ({ CustomerID }) => CustomerID.replace(/\.0$/, ''))].map(
    ([number, bought]) => {
      const orders = new Set(bought.map(({ InvoiceNo }) => InvoiceNo)).size;
      const country = bought[0]?.Country ?? '';
      return [`Customer ${number}`, `${number}@customers.example`, 'customer', country, String(orders)];
    },
  );
  return csv(['name', 'email', 'status', 'country', 'score'], rows);
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** The most frequent of some texts, empty ones left out. */
function mostCommon(texts: readonly string[]): string | undefined {
  const counts = [...grouped(texts.filter(Boolean), (text) => text)].map(
    ([text, same]) => [text, same.length] as const,
  );
  return counts.sort((a, b) => b[1] - a[1])[0]?.[0];
}

function csv(header: readonly string[], rows: readonly string[][]): string {
  return [header, ...rows].map((row) => row.map(quoted).join(',')).join('\n');
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
