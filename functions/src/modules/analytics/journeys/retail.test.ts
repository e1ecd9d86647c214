import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDuckDbWarehouse } from '../../../adapters/warehouse-duckdb/index.ts';
import { type Change, eventName } from '../../../kernel/changes/change.ts';
import type { App } from '../../../kernel/context.ts';
import { defineModule } from '../../../kernel/define.ts';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import { createRegistry } from '../../../kernel/registry.ts';
import { warehouseTables } from '../../../kernel/warehouse/warehouse-tables.ts';
import { finance } from '../../finance/module.ts';
import { computeFunnel } from './funnel.ts';
import { funnelRequest, retentionRequest } from './request.ts';
import { computeRetention } from './retention.ts';

/** A year of a real shop: what the warehouse says about its customers, and what a plain reading of the file says. */
const file = new URL('../../../../../tests/data/online-retail-invoices.csv.gz', import.meta.url);
const nobody = defineModule({ name: 'nobody', tenants: { resolve: async () => undefined } });
const registry = createRegistry([finance, nobody]);
let directory: string;
let warehouse: Warehouse;
let invoices: { number: string; at: string; customer: string; pence: number }[];

beforeAll(async () => {
  const lines = (await promisify(gunzip)(await readFile(file))).toString().trim().split('\n').slice(1);
  invoices = lines.map((line) => {
    const [number = '', date = '', customer = '', pence = ''] = line.split(',');
    return { number, at: `${date.replace(' ', 'T')}:00.000Z`, customer, pence: Number(pence) };
  });
  directory = await mkdtemp(join(tmpdir(), 'retail-'));
  warehouse = openDuckDbWarehouse({ directory });
  await warehouse.apply(invoices.map(created), warehouseTables(registry), async () => undefined);
});
afterAll(async () => {
  await warehouse?.close();
  await rm(directory, { recursive: true, force: true });
});

const created = ({ number, at, customer, pence }: (typeof invoices)[number]): Change => ({
  tenantId: 'ten_shop',
  id: `change-${number}`,
  collection: 'finance.invoices',
  recordId: `inv_${number}`,
  version: 1,
  operation: 'create',
  actor: { kind: 'system', id: 'system' },
  requestId: 'req_fixture',
  patch: {
    number,
    kind: number.startsWith('C') ? 'credit_note' : 'invoice',
    status: 'issued',
    customerId: customer,
    currency: 'GBP',
    issuedAt: at,
    lines: [{ quantity: 1, unitPrice: String(pence / 100), amount: pence }],
    total: pence,
    version: 1,
    createdAt: at,
    updatedAt: at,
    createdBy: 'system',
  },
  event: eventName('finance.invoices', 'create'),
  at,
});

const asker = () => ({
  tenantId: 'ten_shop',
  caller: { kind: 'user', id: 'usr_1', role: 'viewer' } as const,
  app: { registry, ports: { warehouse } } as unknown as App,
});

const monthNumber = (at: string): number => Number(at.slice(0, 4)) * 12 + Number(at.slice(5, 7));

test('retention and revenue of the customers of each month are those of the file', async () => {
  const answer = await computeRetention(
    asker(),
    retentionRequest.parse({
      start: { metric: 'orders' },
      return: { metric: 'orders' },
      value: { metric: 'revenue' },
      grain: 'month',
      periods: 12,
      from: '2010-12-01',
      to: '2012-01-01',
      asOf: '2011-12-10',
    }),
    0,
  );
  const orders = invoices.filter(({ number }) => !number.startsWith('C'));
  const first = new Map<string, string>();
  for (const { customer, at } of orders) if (at < (first.get(customer) ?? '9')) first.set(customer, at);
  const table: { customers: Set<string>; back: Set<string>[]; pence: number[] }[] = [];
  const months = Array.from({ length: 13 }, (_, n) => monthNumber('2010-12') + n);
  for (const month of months) {
    const customers = [...first].filter(([, at]) => monthNumber(at) === month).map(([customer]) => customer);
    table.push({
      customers: new Set(customers),
      back: months.map(() => new Set()),
      pence: months.map(() => 0),
    });
  }
  for (const { number, customer, at, pence } of invoices) {
    const started = first.get(customer);
    if (started === undefined || at < started) continue;
    const cohort = table[monthNumber(started) - monthNumber('2010-12')];
    const n = monthNumber(at) - monthNumber(started);
    if (!cohort) throw new Error(started);
    cohort.pence[n] = (cohort.pence[n] ?? 0) + pence;
    if (!number.startsWith('C')) cohort.back[n]?.add(customer);
  }
  // December 2011 has not ended on the tenth.
  const isOver = (cohort: number, n: number): boolean => cohort + n < 12;
  expect(answer.cohorts.map(({ size }) => size)).toEqual(table.map(({ customers }) => customers.size));
  expect(
    answer.cohorts.map(({ periods }) => periods.map(({ returned, value }) => [returned, value])),
  ).toEqual(
    table.map(({ back, pence }, cohort) =>
      back.map((set, n) => (isOver(cohort, n) ? [set.size, (pence[n] ?? 0) / 100] : [null, null])),
    ),
  );
  // Well-known figures of this data set.
  expect(answer.cohorts[0]).toMatchObject({ cohort: '2010-12-01', size: 885, complete: true });
  expect(answer.cohorts[0]?.periods.slice(0, 3).map(({ returned }) => returned)).toEqual([885, 324, 286]);
  expect(answer.cohorts.at(-1)).toMatchObject({ cohort: '2011-12-01', size: 41, complete: false });
  expect(answer.currency).toBe('GBP');
});

test('how many buy again, and after how many days, is as the file says', async () => {
  const order = { metric: 'orders' };
  const answer = await computeFunnel(
    asker(),
    funnelRequest.parse({ steps: [order, order, order], from: '2010-12-01', to: '2012-01-01' }),
  );
  const times = Map.groupBy(
    invoices.filter(({ number }) => !number.startsWith('C')),
    ({ customer }) => customer,
  );
  const sorted = [...times.values()].map((own) => own.map(({ at }) => Date.parse(at)).sort((a, b) => a - b));
  const atLeast = (many: number): number[][] => sorted.filter(({ length }) => length >= many);
  const gaps = (many: number): number[] =>
    atLeast(many)
      .map((own) => ((own[many - 1] ?? 0) - (own[many - 2] ?? 0)) / 1000)
      .sort((a, b) => a - b);
  const middle = (values: number[]): number =>
    ((values[Math.floor((values.length - 1) / 2)] ?? 0) + (values[Math.ceil((values.length - 1) / 2)] ?? 0)) /
    2;
  expect(answer.steps.map(({ subjects, medianSeconds }) => [subjects, medianSeconds])).toEqual([
    [atLeast(1).length, null],
    [atLeast(2).length, middle(gaps(2))],
    [atLeast(3).length, middle(gaps(3))],
  ]);
  expect(answer.steps[0]?.subjects).toBe(4339);
});
