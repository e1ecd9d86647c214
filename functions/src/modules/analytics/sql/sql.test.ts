import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATASET_QUESTIONS } from './dataset-questions.fixture.ts';
import { QUESTIONS } from './questions.fixture.ts';
import { createSqlWorld, type SqlWorld } from './sql.fixture.ts';

const ALL = [...QUESTIONS, ...DATASET_QUESTIONS];
/** On BigQuery some of them: what is sent there is the same text, which the golden queries of the engine prove. */
const ASKED = {
  duckdb: ALL,
  bigquery: ALL.filter(([sql], index) => index % 4 === 1 || sql.includes('WITH')),
};

describe.each(['duckdb', 'bigquery'] as const)('SQL of analysts on %s', (engine) => {
  let shop: SqlWorld;
  beforeAll(async () => {
    shop = await createSqlWorld(engine);
  }, 120_000);
  afterAll(() => shop?.close());

  it.each(ASKED[engine].map(([sql, rows]) => ({ sql, rows })))('$sql', async ({ sql, rows }) => {
    const answer = await shop.ask(sql);
    expect({ status: answer.status, rows: answer.body.rows ?? answer.text }).toEqual({ status: 200, rows });
    expect(answer.body).toMatchObject({ truncated: false, engine });
    expect(answer.body.sql).not.toContain(shop.world.owner.tenantId);
    expect(answer.body.sql).not.toMatch(/\.parquet|read_parquet/);
  });

  it('cuts the answer off at its limit, and says so', async () => {
    const answer = await shop.ask('SELECT id FROM cafe_orders_2026', { limit: 7 });
    expect(answer.body.rows).toHaveLength(7);
    expect(answer.body.truncated).toBe(true);
    const whole = await shop.ask('SELECT id FROM cafe_orders_2026', { limit: 120 });
    expect([whole.body.rows.length, whole.body.truncated]).toEqual([120, false]);
  });

  it.each([
    ['SELECT\n  nothing FROM sales_invoices', 'Unrecognized name: nothing', 2, 3],
    ['SELECT 1 FROM other_invoices', 'Table other_invoices does not exist, or you may not ask it', 1, 15],
    ['SELECT 1 FROM mewayz.sales_invoices', 'Tables are named without project and dataset here', 1, 15],
    ['DELETE FROM sales_invoices WHERE TRUE', 'Only queries may be run here, but this is a DELETE', 1, 1],
    ['SELECT SESSION_USER()', 'Function SESSION_USER is not supported', 1, 8],
  ])('says what is wrong, and where: %s', async (sql, detail, line, column) => {
    const answer = await shop.ask(sql);
    expect(answer.body).toMatchObject({ code: 'invalid', line, column });
    expect(answer.body.detail).toContain(detail);
    expect(answer.body.errors[0].path).toBe('sql');
  });
});
