import { expect, test } from 'vitest';
import type { Caller } from '../../kernel/access.ts';
import { createRegistry } from '../../kernel/registry.ts';
import { modules } from '../../modules.ts';
import { catalogueFor } from './catalogue.ts';
import { dimensionsOf } from './columns.ts';
import { dialectOf, GRAINS } from './compile/dialect.ts';
import { compileQuery } from './compile/query.ts';
import { queryRequest } from './request.ts';

const owner: Caller = { kind: 'user', id: 'usr_1', role: 'owner' };
const catalogue = catalogueFor({ registry: createRegistry(modules) }, { caller: owner });

test('the metrics the dashboard shows are declared', () => {
  expect([...catalogue.metrics.keys()]).toEqual(
    expect.arrayContaining(['revenue', 'orders', 'average-order-value', 'customers']),
  );
});

test.each([...catalogue.metrics.keys()])(
  'metric %s compiles for both engines, by every grain and dimension',
  (name) => {
    const metric = catalogue.metrics.get(name);
    if (!metric) throw new Error(name);
    for (const engine of ['duckdb', 'bigquery'])
      for (const dimension of dimensionsOf(catalogue, metric))
        for (const grain of GRAINS) {
          const request = queryRequest.parse({ metrics: [name], dimensions: [dimension], grain });
          const { sql, parameters } = compileQuery(
            { catalogue, dialect: dialectOf(engine), tenantId: 'ten_1' },
            request,
          );
          expect(sql).toContain('r.tenant_id = $1');
          expect(parameters[0]).toBe('ten_1');
        }
  },
);
