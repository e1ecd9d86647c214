import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDuckDbWarehouse } from '../../adapters/warehouse-duckdb/index.ts';
import { type Caller, hasRole } from '../../kernel/access.ts';
import type { App } from '../../kernel/context.ts';
import { defineCollection, defineMetric, defineModule } from '../../kernel/define.ts';
import type { QueryResult, Warehouse } from '../../kernel/ports/warehouse.ts';
import { createRegistry } from '../../kernel/registry.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { AnswerCache } from './answer-cache.ts';
import type { QueryInput } from './request.ts';
import { runMetricQuery } from './run-query.ts';
import { createdInvoices, invoices, sales, salesMetrics } from './testing.ts';

/** Invoices of which a viewer sees those of France only. */
const own = defineCollection({
  ...(invoices.options as never as Parameters<typeof defineCollection>[0]),
  name: 'shop.invoices',
  idPrefix: 'shi',
  access: {
    read: (caller) => hasRole(caller, 'editor') || { country: 'FR' },
    create: 'editor',
    update: 'editor',
    delete: 'admin',
  },
});
const shop = defineModule({
  name: 'shop',
  collections: [own],
  metrics: salesMetrics
    .filter(({ ratio }) => !ratio)
    .map((metric) => defineMetric({ ...metric, name: `shop-${metric.name}`, source: own.name })),
});
const nobody = defineModule({ name: 'nobody', tenants: { resolve: async () => undefined } });
const registry = createRegistry([sales, shop, nobody]);
const tables = warehouseTables(registry);
const viewer: Caller = { kind: 'user', id: 'usr_1', role: 'viewer' };
const owner: Caller = { kind: 'user', id: 'usr_2', role: 'owner' };
let directory: string;
let warehouse: Warehouse;
let statements = 0;
let app: App;

const appOver = (ports: { readonly warehouse: Warehouse }): App => ({ registry, ports }) as unknown as App;
/** The same warehouse, which tells how many statements it ran. */
const counted = (inner: Warehouse): Warehouse => ({
  engine: inner.engine,
  nameOf: inner.nameOf,
  apply: inner.apply,
  ask: inner.ask,
  dataVersion: inner.dataVersion,
  check: () => inner.check(),
  close: () => inner.close(),
  query: (...given) => {
    statements++;
    return inner.query(...given);
  },
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'analytics-answers-'));
  warehouse = counted(openDuckDbWarehouse({ directory }));
  app = appOver({ warehouse });
});
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

const ask = async (tenantId: string, input: QueryInput, caller: Caller = owner, asked = app) =>
  (await runMetricQuery({ app: asked, tenantId, caller }, input)).rows;

let written = 0;
const write = async (tenantId: string, country: string, amount: number): Promise<void> => {
  const number = String(++written);
  const fields = {
    number,
    kind: 'invoice',
    status: 'issued',
    country,
    currency: 'EUR',
    issuedAt: `2026-0${1 + (written % 9)}-03T10:00:00.000Z`,
    lines: [{ sku: 'a', quantity: 1, unitPrice: '1', amount }],
    total: amount,
  };
  const changes = createdInvoices(tenantId, [fields], `inv${number}`);
  const both = [
    ...changes,
    ...changes.map((change) => ({ ...change, id: `${change.id}-shop`, collection: own.name })),
  ];
  await warehouse.apply(both, tables, async () => undefined);
};

test('the same question is computed once, and anew after a write', async () => {
  const query: QueryInput = { metrics: ['orders'], dimensions: ['country'] };
  await write('ten_once', 'FR', 100);
  expect(await ask('ten_once', query)).toEqual([{ country: 'FR', orders: 1 }]);
  const before = statements;
  expect(await ask('ten_once', query)).toEqual([{ country: 'FR', orders: 1 }]);
  await Promise.all([1, 2, 3].map(() => ask('ten_once', query)));
  expect(statements).toBe(before);
  await write('ten_other', 'FR', 100);
  await ask('ten_once', query);
  expect(statements, 'a write of another tenant changes nothing here').toBe(before);
  await write('ten_once', 'FR', 100);
  expect(await ask('ten_once', query)).toEqual([{ country: 'FR', orders: 2 }]);
  expect(statements).toBe(before + 1);
  await Promise.all([1, 2, 3].map(() => ask('ten_once', { ...query, limit: 7 })));
  expect(statements, 'asked at once, it runs once').toBe(before + 2);
});

test('callers who may see different rows, fields or tenants never share an answer', async () => {
  for (const country of ['FR', 'FR', 'DE']) await write('ten_access', country, 1000);
  const query: QueryInput = { metrics: ['shop-revenue', 'shop-orders'] };
  for (let round = 0; round < 2; round++) {
    expect(await ask('ten_access', query, owner)).toEqual([{ 'shop-revenue': 30, 'shop-orders': 3 }]);
    expect(await ask('ten_access', query, viewer)).toEqual([{ 'shop-revenue': 20, 'shop-orders': 2 }]);
    expect(await ask('ten_stranger', query, owner)).toEqual([{ 'shop-revenue': 0, 'shop-orders': 0 }]);
  }
  await ask('ten_access', { metrics: ['average-margin'] }, owner);
  await expect(ask('ten_access', { metrics: ['average-margin'] }, viewer)).rejects.toMatchObject({
    code: 'invalid',
  });
});

test('an answer is what it would be without the cache, whatever is written and asked meanwhile', async () => {
  // A fixed generator (Park and Miller), so that a failure comes again.
  let seed = 20_261_121;
  const pick = <T>(items: readonly T[]): T => {
    seed = (seed * 48_271) % 2_147_483_647;
    return items[seed % items.length] as T;
  };
  const tenants = ['ten_p1', 'ten_p2'];
  const queries: readonly QueryInput[] = [
    { metrics: ['shop-revenue'] },
    { metrics: ['shop-orders', 'shop-revenue'], dimensions: ['country'] },
    { metrics: ['shop-revenue'], grain: 'month' },
    { metrics: ['shop-orders'], filters: { country: 'FR' } },
    { metrics: ['shop-revenue'], from: '2026-05-01', to: '2026-07-01', compare: 'previous-period' },
  ];
  for (let step = 0; step < 30; step++) {
    const [tenantId, caller, query] = [pick(tenants), pick([viewer, owner]), pick(queries)];
    const meanwhile =
      pick([0, 1, 2]) === 0 ? [write(pick(tenants), pick(['FR', 'DE', 'IT']), pick([100, 250, 999]))] : [];
    // Asked while something is written, either answer is right; once it was written, only the new one.
    await Promise.all([...meanwhile, ask(tenantId, query, caller)]);
    const [kept, computed] = await Promise.all([
      ask(tenantId, query, caller),
      ask(tenantId, query, caller, appOver({ warehouse })),
    ]);
    expect({ step, tenantId, query, rows: kept }).toEqual({ step, tenantId, query, rows: computed });
  }
});

describe('what is kept', () => {
  const answer = (text: string): QueryResult => ({ columns: [], rows: [{ text }], elapsedMs: 1 });
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test('stays within its bytes: those not used for longest go, and none takes more than its share', async () => {
    const cache = new AnswerCache(10_000);
    let loads = 0;
    const get = async (key: string, text: string): Promise<number> => {
      const before = loads;
      await cache.get(key, async () => {
        loads++;
        return answer(text);
      });
      await settled();
      return loads - before;
    };
    const text = 'x'.repeat(400);
    for (let index = 0; index < 20; index++) {
      await get(`key-${index}`, text);
      await get('key-0', text);
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(cache.bytes).toBeGreaterThan(8_000);
    expect(await get('key-0', text)).toBe(0);
    expect(await get('key-19', text)).toBe(0);
    expect(await get('key-1', text)).toBe(1);
    const bytes = cache.bytes;
    expect([await get('large', 'x'.repeat(5_000)), await get('large', 'x'.repeat(5_000))]).toEqual([1, 1]);
    expect(cache.bytes).toBe(bytes);
  });

  test('is no failure', async () => {
    const cache = new AnswerCache(10_000);
    await expect(cache.get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await settled();
    expect(await cache.get('a', async () => answer('there'))).toMatchObject({ rows: [{ text: 'there' }] });
  });
});
