import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDuckDbWarehouse } from '../../adapters/warehouse-duckdb/index.ts';
import type { Caller } from '../../kernel/access.ts';
import type { App } from '../../kernel/context.ts';
import { defineModule } from '../../kernel/define.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { createRegistry } from '../../kernel/registry.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import type { QueryInput } from './request.ts';
import { runMetricQuery } from './run-query.ts';
import { createdInvoices, sales } from './testing.ts';

const nobody = defineModule({ name: 'nobody', tenants: { resolve: async () => undefined } });
const registry = createRegistry([sales, nobody]);
const caller: Caller = { kind: 'user', id: 'usr_1', role: 'viewer' };
/** In the middle of a Wednesday. */
const NOW = Date.parse('2026-03-18T12:00:00Z');
let directory: string;
let warehouse: Warehouse;

const ask = (input: QueryInput, tenantId = 'ten_a') => {
  const ports = { warehouse, clock: { now: () => NOW } };
  return runMetricQuery({ tenantId, caller, app: { registry, ports } as unknown as App }, input);
};

/** Ten a day, twenty on Fridays, none at weekends, from Monday 5 January to now. */
const days = Array.from({ length: 73 }, (_, day) => new Date(Date.UTC(2026, 0, 5 + day))).filter(
  (day) => ![0, 6].includes(day.getUTCDay()) && day.getTime() < NOW,
);
const amountOf = (day: Date): number => (day.getUTCDay() === 5 ? 2000 : 1000);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'analytics-forecast-'));
  warehouse = openDuckDbWarehouse({ directory });
  const invoices = days.map((day, index) => ({
    number: String(index),
    kind: 'invoice',
    status: 'issued',
    currency: 'JPY',
    issuedAt: new Date(day.getTime() + 36_000_000).toISOString(),
    lines: [{ sku: 'a', quantity: 1, unitPrice: '1', amount: amountOf(day) }],
    total: amountOf(day),
  }));
  await warehouse.apply(createdInvoices('ten_a', invoices), warehouseTables(registry), async () => undefined);
});
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

test('coming periods come last, with their interval; days without rows are zero, and today is not learned from', async () => {
  const { rows, columns, forecasts } = await ask({
    metrics: ['revenue', 'orders'],
    grain: 'day',
    forecast: { periods: 7 },
  });
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'period time',
    'revenue money',
    'orders number',
    'revenue:low money',
    'revenue:high money',
    'orders:low number',
    'orders:high number',
    'forecast boolean',
  ]);
  expect(rows.slice(0, days.length).every(({ forecast }) => forecast === false)).toBe(true);
  expect(rows[days.length - 1]).toMatchObject({ period: '2026-03-18', revenue: 1000, 'revenue:low': null });
  const future = rows.slice(days.length);
  expect(future.map(({ period }) => period)).toEqual(
    [19, 20, 21, 22, 23, 24, 25].map((day) => `2026-03-${day}`),
  );
  for (const [index, expected] of [1000, 2000, 0, 0, 1000, 1000, 1000].entries()) {
    const { revenue, forecast, ...row } = future[index] ?? {};
    expect(forecast).toBe(true);
    expect(Math.abs(Number(revenue) - expected)).toBeLessThan(100);
    expect(Number(row['revenue:low'])).toBeGreaterThanOrEqual(0);
    expect(Number(row['revenue:low'])).toBeLessThanOrEqual(Number(revenue));
    expect(Number(row['revenue:high'])).toBeGreaterThanOrEqual(Number(revenue));
    // No yen has a hundredth.
    expect(Number.isInteger(revenue)).toBe(true);
  }
  expect(forecasts).toEqual([
    { metric: 'revenue', method: expect.stringMatching(/^ETS\(A,.*,A\)$/) },
    { metric: 'orders', method: expect.stringMatching(/^ETS\(A,.*,A\)$/) },
  ]);
});

test('a series that has ended goes on as nothing; a range ends where it ends', async () => {
  const over = await ask({ metrics: ['orders'], grain: 'week', to: '2026-03-02', forecast: { periods: 2 } });
  expect(over.rows.filter(({ forecast }) => forecast).map(({ period }) => period)).toEqual([
    '2026-03-02',
    '2026-03-09',
  ]);
  const paused = await ask({
    metrics: ['orders'],
    grain: 'day',
    from: '2026-01-05',
    to: '2026-02-23',
    filters: { paid: true },
    forecast: { periods: 2 },
  });
  expect([paused.rows, paused.forecasts]).toEqual([[], []]);
});

test('with a comparison the coming periods have nothing beside them', async () => {
  const { rows } = await ask({
    metrics: ['revenue'],
    grain: 'week',
    from: '2026-02-16',
    to: '2026-03-16',
    compare: 'previous-period',
    forecast: { periods: 1 },
  });
  expect(rows).toHaveLength(5);
  expect(rows.at(-1)).toMatchObject({
    period: '2026-03-16',
    'revenue:previous': null,
    'revenue:change': null,
  });
  expect(rows.at(-1)?.revenue).toBe(6000);
});

test('too few periods are repeated, and that is said', async () => {
  const { forecasts } = await ask({ metrics: ['revenue'], grain: 'month', forecast: { periods: 3 } });
  expect(forecasts).toEqual([
    { metric: 'revenue', method: 'naive', note: expect.stringMatching(/2 periods are too few/) },
  ]);
});
