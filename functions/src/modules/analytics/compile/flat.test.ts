import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDuckDbWarehouse } from '../../../adapters/warehouse-duckdb/index.ts';
import type { Change } from '../../../kernel/changes/change.ts';
import { defineModule } from '../../../kernel/define.ts';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import { createRegistry } from '../../../kernel/registry.ts';
import { warehouseTables } from '../../../kernel/warehouse/warehouse-tables.ts';
import { catalogueFor } from '../catalogue.ts';
import { type QueryInput, readQuery } from '../request.ts';
import { createdInvoices, sales } from '../testing.ts';
import { dialectOf, GRAINS } from './dialect.ts';
import { compileQuery } from './query.ts';

/** What rows of elements repeat of their record answers as the record itself, joined to them, does. */

const nobody = defineModule({ name: 'nobody', tenants: { resolve: async () => undefined } });
const registry = createRegistry([sales, nobody]);
const catalogue = catalogueFor({ registry }, { caller: { kind: 'user', id: 'usr_1', role: 'owner' } });
const joined = {
  ...catalogue,
  sources: new Map(
    [...catalogue.sources].map(([name, source]) => [
      name,
      { ...source, children: source.children.map(({ inherited: _, ...child }) => child) },
    ]),
  ),
};
let directory: string;
let warehouse: Warehouse;

/** A generator of whole numbers below `end`, the same in every run (xorshift32, Marsaglia 2003). */
function randomNumbers(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

const random = randomNumbers(2_463_534_242);
const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;

function invoice(index: number): Record<string, unknown> {
  const lines = Array.from({ length: random(4) }, () => ({
    ...(random(5) > 0 && { sku: `sku-${random(6)}` }),
    quantity: random(9) / 2,
    unitPrice: '1',
    amount: random(2_000) - 500,
  }));
  return {
    number: `INV-${index}`,
    kind: pick(['invoice', 'credit_note']),
    status: pick(['draft', 'issued', 'paid', 'void']),
    ...(random(6) > 0 && { country: pick(['IS', 'FR', 'DE']) }),
    ...(random(6) > 0 && { customerId: `con_${random(20)}` }),
    currency: 'EUR',
    ...(random(9) > 0 && {
      issuedAt: new Date(Date.UTC(2024, random(30), 1 + random(28), random(24))).toISOString(),
    }),
    lines,
    total: 1,
  };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'analytics-flat-'));
  warehouse = openDuckDbWarehouse({ directory });
  const created = ['ten_a', 'ten_b'].flatMap((tenantId) =>
    createdInvoices(
      tenantId,
      Array.from({ length: 400 }, (_, index) => invoice(index)),
      tenantId,
    ),
  );
  const changed = created
    .filter(() => random(3) === 0)
    .map((change): Change => {
      const operation = pick(['update', 'update', 'delete'] as const);
      const patch =
        operation === 'delete'
          ? {}
          : pick([{ status: 'paid' }, { country: null }, { lines: invoice(0).lines }]);
      return { ...change, id: `${change.id}-2`, version: 2, operation, patch };
    });
  const restored = changed
    .filter(({ operation }) => operation === 'delete' && random(2) === 0)
    .map(
      (change): Change => ({ ...change, id: `${change.id}-3`, version: 3, operation: 'restore', patch: {} }),
    );
  const tables = warehouseTables(registry);
  for (const changes of [created, changed, restored])
    await warehouse.apply(changes, tables, async () => undefined);
});
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

const question = (): QueryInput => ({
  metrics: pick([
    ['revenue'],
    ['units'],
    ['revenue', 'units'],
    ['revenue', 'orders'],
    ['average-order-value'],
  ]),
  dimensions: pick([[], ['country'], ['customer'], ['kind', 'country']]),
  ...(random(2) > 0 && { grain: pick(GRAINS) }),
  ...(random(2) > 0 && { from: `2024-${String(1 + random(12)).padStart(2, '0')}-01`, to: '2025-09-15' }),
  ...(random(3) === 0 && { filters: { country: pick(['FR', null, ['IS', 'DE', null]]) } }),
});

test('random questions have one answer', async () => {
  const ask = async (from: typeof catalogue, tenantId: string, input: QueryInput) => {
    const { sql, parameters } = compileQuery(
      { catalogue: from, dialect: dialectOf('duckdb'), tenantId },
      readQuery(input),
    );
    return { sql, rows: (await warehouse.query(sql, parameters)).rows };
  };
  for (let turn = 0; turn < 30; turn++) {
    const input = question();
    const [flat, slow] = [await ask(catalogue, 'ten_a', input), await ask(joined, 'ten_a', input)];
    expect(flat.sql).not.toContain('JOIN');
    expect(slow.sql).toContain('JOIN');
    expect(flat.rows, JSON.stringify(input)).toEqual(slow.rows);
  }
}, 60_000);
