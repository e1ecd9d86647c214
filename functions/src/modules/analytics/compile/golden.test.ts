import { expect, test } from 'vitest';
import type { Caller } from '../../../kernel/access.ts';
import { defineModule } from '../../../kernel/define.ts';
import { createRegistry } from '../../../kernel/registry.ts';
import { catalogueFor } from '../catalogue.ts';
import { type QueryInput, readQuery } from '../request.ts';
import { club, sales } from '../testing.ts';
import { dialectOf } from './dialect.ts';
import { compileQuery } from './query.ts';

const nobody = defineModule({ name: 'nobody', tenants: { resolve: async () => undefined } });
const registry = createRegistry([sales, club, nobody]);

function compiled(engine: string, input: QueryInput, role: Caller['role'] = 'viewer') {
  const catalogue = catalogueFor({ registry }, { caller: { kind: 'user', id: 'usr_1', role } });
  return compileQuery({ catalogue, dialect: dialectOf(engine), tenantId: 'ten_1' }, readQuery(input));
}

test('a join is held to the tenant, to what lives and to what the caller may see', () => {
  const query: QueryInput = { metrics: ['sum-of-totals'], dimensions: ['tier'] };
  expect(compiled('bigquery', query)).toMatchObject({
    sql: [
      'WITH rows_0 AS (',
      'SELECT j_customer.`tier` AS `tier`, SUM(r.`total`) AS `sum_of_totals`',
      'FROM `sales_invoices` AS r',
      'LEFT JOIN `club_customers` AS j_customer ON j_customer.tenant_id = $1 AND NOT j_customer.deleted AND j_customer.`secret` IN ($2) AND j_customer.`code` = r.`customer_id`',
      'WHERE r.tenant_id = $1 AND NOT r.deleted AND r.`status` IN ($3, $4, $5)',
      'GROUP BY 1',
      ')',
      'SELECT `tier`, COALESCE(`sum_of_totals`, 0) AS `sum_of_totals` FROM rows_0',
      'ORDER BY `sum_of_totals` DESC NULLS LAST, `tier` NULLS LAST',
      'LIMIT 1001',
    ].join('\n'),
    parameters: ['ten_1', false, 'issued', 'partially_paid', 'paid'],
  });
  // Nothing is joined that is not asked for.
  expect(compiled('bigquery', { metrics: ['sum-of-totals'] }).sql).not.toContain('JOIN');
});

test('every table of every statement is held to the tenant', () => {
  for (const engine of ['duckdb', 'bigquery'])
    for (const compare of [undefined, 'previous-year'] as const) {
      const { sql, parameters } = compiled(engine, {
        metrics: ['revenue', 'orders', 'sum-of-totals', 'gold-orders', 'average-total'],
        filters: { country: 'FR' },
        grain: 'day',
        from: '2026-01-01',
        to: '2026-02-01',
        ...(compare ? { compare } : {}),
      });
      for (const cte of sql.split(/rows_\d+ AS \(\n/).slice(1)) {
        const [own = ''] = cte.split('\n)');
        const tables = [...own.matchAll(/(?:FROM|JOIN) (?:\(SELECT [^)]*\)|["`]\w+["`]) AS (\w+)/g)].map(
          ([, alias]) => alias,
        );
        expect(tables.length).toBeGreaterThan(0);
        for (const alias of tables) {
          const place = new RegExp(`\\b${alias}\\.tenant_id = \\$(\\d+)`).exec(own)?.[1];
          expect(parameters[Number(place) - 1], `${alias} in ${own}`).toBe('ten_1');
        }
      }
    }
});

test('a comparison is one statement', () => {
  expect(
    compiled('duckdb', {
      metrics: ['documents'],
      grain: 'day',
      from: '2026-11-01',
      to: '2026-12-01',
      timezone: 'Europe/Paris',
      compare: 'previous-year',
    }),
  ).toMatchObject({
    sql: [
      'WITH rows_0 AS (',
      `SELECT CAST(timezone('Europe/Paris', timezone('UTC', r."issued_at")) AS DATE) AS "period", COUNT(*) AS "documents"`,
      'FROM "sales_invoices" AS r',
      `WHERE r.tenant_id = $1 AND r."$tenant" = CAST(md5_number_lower($1) % 65536 AS BIGINT) AND NOT r.deleted AND r."status" IN ($2, $3, $4) AND r."issued_at" >= CAST($5 AS TIMESTAMP) AND r."issued_at" < CAST($6 AS TIMESTAMP) AND r."issued_at" IS NOT NULL`,
      'GROUP BY 1',
      '), rows_1 AS (',
      `SELECT CAST(timezone('Europe/Paris', timezone('UTC', r."issued_at")) AS DATE) + INTERVAL 12 month AS "period", COUNT(*) AS "documents_previous"`,
      'FROM "sales_invoices" AS r',
      `WHERE r.tenant_id = $7 AND r."$tenant" = CAST(md5_number_lower($7) % 65536 AS BIGINT) AND NOT r.deleted AND r."status" IN ($8, $9, $10) AND r."issued_at" >= CAST($11 AS TIMESTAMP) AND r."issued_at" < CAST($12 AS TIMESTAMP) AND r."issued_at" IS NOT NULL AND NOT strftime(timezone('Europe/Paris', timezone('UTC', r."issued_at")), '%m-%d') = '02-29'`,
      'GROUP BY 1',
      '), joined AS (',
      'SELECT "period", MAX("documents") AS "documents", MAX("documents_previous") AS "documents_previous" FROM (',
      'SELECT "period", "documents" AS "documents", NULL AS "documents_previous" FROM rows_0',
      'UNION ALL',
      'SELECT "period", NULL AS "documents", "documents_previous" AS "documents_previous" FROM rows_1',
      ') AS stacked GROUP BY "period"',
      ')',
      `SELECT strftime("period", '%Y-%m-%d') AS "period", COALESCE("documents", 0) AS "documents", CASE WHEN strftime("period", '%Y-%m-%d') NOT LIKE '%-02-29%' THEN COALESCE("documents_previous", 0) END AS "documents_previous", (COALESCE("documents", 0) - CASE WHEN strftime("period", '%Y-%m-%d') NOT LIKE '%-02-29%' THEN COALESCE("documents_previous", 0) END) / NULLIF(ABS(CASE WHEN strftime("period", '%Y-%m-%d') NOT LIKE '%-02-29%' THEN COALESCE("documents_previous", 0) END), 0) AS "documents_change" FROM joined`,
      'ORDER BY "period", "documents" DESC NULLS LAST',
      'LIMIT 1001',
    ].join('\n'),
    parameters: [
      ...[
        'ten_1',
        'issued',
        'partially_paid',
        'paid',
        '2026-10-31T23:00:00.000Z',
        '2026-11-30T23:00:00.000Z',
      ],
      ...[
        'ten_1',
        'issued',
        'partially_paid',
        'paid',
        '2025-10-31T23:00:00.000Z',
        '2025-11-30T23:00:00.000Z',
      ],
    ],
  });
});
