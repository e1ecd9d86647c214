import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineCollection } from '../define.ts';
import { RowGroups } from './group.ts';
import { readTable } from './read-table.ts';
import { RowReader } from './rows.ts';

const access = { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' } as const;
const orders = defineCollection({
  name: 'test.orders',
  idPrefix: 'ord',
  labels: { one: 'order', many: 'orders' },
  fields: {
    number: z.string(),
    price: z.int(),
    billing: z.object({ city: z.string(), zip: z.string().optional() }).optional(),
    lines: z.array(z.object({ sku: z.string(), quantity: z.number(), note: z.string().optional() })),
  },
  computed: { total: z.int() },
  access,
  example: { number: '1', price: 100, lines: [] },
  import: {
    groupBy: { field: 'number', lines: 'lines' },
    headers: { number: ['Order No.'], 'price.major': ['Preis'], 'lines.sku': ['Artikel'] },
    // A column in major units is an input of its own, so that a column `price` keeps its meaning.
    row: ({ 'price.major': major, ...row }) =>
      major === undefined ? row : { ...row, price: Math.round(Number(major) * 100) },
  },
});

async function read(text: string, format: 'csv' | 'ndjson' = 'csv', key?: string) {
  const table = await readTable(Readable.from([Buffer.from(text)]), { format });
  const reader = new RowReader(orders as never, table, { decimal: '.', key });
  const rows = [];
  for await (const batch of table.batches) rows.push(...batch.map((row) => reader.read(row)));
  return { rows, warnings: reader.warnings() };
}

it('finds fields by path, by declared spelling and by the bare name of a line', async () => {
  const { rows, warnings } = await read(
    'order no;PREIS;Billing City;Artikel;Quantity;Total;version;Farbe\nA;2.5;Bonn;S1;2;9;1;rot\n',
  );
  expect(rows).toEqual([
    {
      row: 1,
      line: 2,
      record: { number: 'A', price: 250, billing: { city: 'Bonn' } },
      element: { sku: 'S1', quantity: 2 },
      errors: [],
    },
  ]);
  expect(warnings).toEqual([
    'Not imported, because no field has this name: Farbe.',
    'Not imported, because the platform sets them: Total, version.',
  ]);
});

it('reads whole records and lists, as exports write them', async () => {
  const csv = await read(
    'number,price,billing,lines\nA,250,"{""city"":""Bonn""}","[{""sku"":""S1"",""quantity"":2}]"\n',
  );
  const json = await read(
    '{"number":"A","price":250,"billing":{"city":"Bonn"},"lines":[{"sku":"S1","quantity":2}],"createdAt":"2026-01-01T00:00:00Z"}\n',
    'ndjson',
  );
  const record = { number: 'A', price: 250, billing: { city: 'Bonn' }, lines: [{ sku: 'S1', quantity: 2 }] };
  expect([csv.rows[0]?.record, json.rows[0]?.record]).toEqual([record, record]);
  expect(json.warnings).toEqual(['Not imported, because the platform sets them: createdAt.']);
});

it('takes JSON values as they are, and text where the field is text', async () => {
  const { rows } = await read(
    '{"number":7,"Preis":2.5,"lines.sku":"S1","lines.quantity":1.5,"lines.note":null,"__proto__":{"x":1}}\n{"number":"B","price":"12","lines.quantity":"x"}\n',
    'ndjson',
  );
  expect(rows[0]).toMatchObject({
    record: { number: '7', price: 250 },
    element: { sku: 'S1', quantity: 1.5 },
    errors: [],
  });
  expect(rows[1]).toMatchObject({
    record: { number: 'B', price: 12 },
    errors: [{ field: 'lines.quantity', message: '“x” is not a number.' }],
  });
});

it('says which columns are missing or doubled; a key needs no other', async () => {
  await expect(read('number,lines.sku\nA,S1\n')).rejects.toThrow(
    'Columns are missing: price, lines.quantity.',
  );
  await expect(read('number,Order no\nA,B\n')).rejects.toThrow('Several columns are read as number.');
  await expect(read('price\n1\n', 'csv', 'number')).rejects.toThrow('Columns are missing: number.');
  expect((await read('number,billing.city\nA,Bonn\n', 'csv', 'number')).rows).toHaveLength(1);
});

it('brings rows of a key together in the order the keys appeared, and goes on after any of them', () => {
  using groups = new RowGroups();
  const keys = Array.from({ length: 50_000 }, (_, index) => `k${index % 25_000}`);
  const row = (index: number) => ({
    row: index + 1,
    line: index + 2,
    record: { number: keys[index] },
    element: { index },
    errors: [],
  });
  for (let at = 0; at < keys.length; at += 5_000)
    groups.add(keys.slice(at, at + 5_000).map((key, index) => ({ key, row: row(at + index) })));
  expect(groups.size).toBe(25_000);
  const all = [...groups.groups()];
  expect(all.map((rows) => rows.map(({ row: number }) => number))).toEqual(
    Array.from({ length: 25_000 }, (_, index) => [index + 1, index + 25_001]),
  );
  expect([...groups.groups(24_999)]).toEqual([[row(24_999), row(49_999)]]);
});
