import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBigQueryDatasets } from '../../../adapters/datasets-bigquery/index.ts';
import { createBigQueryWarehouse } from '../../../adapters/warehouse-bigquery/index.ts';
import { openLocalBigQuery } from '../../../adapters/warehouse-bigquery/local.fixture.ts';
import type { Ports } from '../../../kernel/context.ts';
import { createDatasetWorld, type DatasetWorld } from '../datasets.fixture.ts';

interface Engine {
  readonly ports: Partial<Ports>;
  close(): Promise<void>;
}

async function openBigQuery(): Promise<Engine> {
  const local = await openLocalBigQuery();
  const warehouse = createBigQueryWarehouse(local.place);
  return {
    ports: { warehouse, datasets: createBigQueryDatasets(local.place) },
    close: async () => {
      await warehouse.close();
      await local.close();
    },
  };
}

const ENGINES: readonly (readonly [string, () => Promise<Engine>])[] = [
  ['duckdb', async () => ({ ports: {}, close: async () => {} })],
  ['bigquery', openBigQuery],
];

const HEADER = 'no,total,day,country\n';
const GOOD = `${HEADER}A1,10,2026-01-01,IS\nA2,20,2026-01-02,NO\nA3,30,2026-01-03,IS\n`;
const BAD = [
  'A4,31,2026-01-04,',
  'A1,32,2026-01-05,IS',
  'A5,33,2026-01-01,IS',
  'A6,-1,2026-01-06,NO',
  'A7,34,2026-02-01,NO',
  'A8,35,2026-01-07,XX',
  'B9,30,2026-01-08,IS',
];
/** Rules, and the rows among the good and the bad that break them: worked out by hand. */
const RULES: readonly (readonly [object, readonly string[]])[] = [
  [{ kind: 'not-null', column: 'country' }, ['A4']],
  [{ kind: 'unique', columns: ['no'] }, ['A1', 'A1']],
  [{ kind: 'unique', columns: ['country', 'day'] }, ['A1', 'A5']],
  [{ kind: 'range', column: 'total', min: 0, max: 35 }, ['A6']],
  [{ kind: 'range', column: 'day', max: '2026-01-31' }, ['A7']],
  [{ kind: 'accepted-values', column: 'country', values: ['IS', 'NO'] }, ['A8']],
  [
    { kind: 'accepted-values', column: 'total', values: ['10', '20.0', '30', '31', '32', '33', '34', '35'] },
    ['A6'],
  ],
  [{ kind: 'pattern', column: 'no', pattern: 'A[0-9]|C' }, ['B9']],
];

describe.each(ENGINES)('rules on %s', (_name, open) => {
  let engine: Engine;
  let world: DatasetWorld;
  let id: string;
  beforeAll(async () => {
    engine = await open();
    world = await createDatasetWorld({ ports: engine.ports });
    id = await world.dataset([
      { source: 'no', name: 'no', type: 'string' },
      { source: 'total', name: 'total', type: 'number' },
      { source: 'day', name: 'day', type: 'date' },
      { source: 'country', name: 'country', type: 'string' },
    ]);
  }, 60_000);
  afterAll(async () => {
    await world.close();
    await engine.close();
  });

  it('find the rows that break them, and only those', { timeout: 60_000 }, async () => {
    const ids: string[] = [];
    for (const [more] of RULES) {
      const made = await world.call('POST', '/api/datasets/rules', { datasetId: id, name: 'Rule', ...more });
      expect([made.status, made.text]).toEqual([201, made.text]);
      ids.push(made.body.id);
    }
    const drift = { kind: 'drift', column: 'country', measure: 'value-share', value: 'IS', maxChange: 10 };
    const drifting = await world.call('POST', '/api/datasets/rules', {
      datasetId: id,
      name: 'Rule',
      ...drift,
    });
    const read = async (rule: string) => (await world.call('GET', `/api/datasets/rules/${rule}`)).body;
    await world.load(id, GOOD);
    for (const rule of ids) expect(await read(rule)).toMatchObject({ state: 'passed', failing: 0, total: 3 });
    const { id: loadId, state } = await world.load(id, `${HEADER}${BAD.join('\n')}\n`);
    expect(state).toBe('done');
    for (const [index, [rule, rows]] of RULES.entries()) {
      const found = await read(ids[index] ?? '');
      expect([rule, found]).toMatchObject([
        rule,
        { state: 'failed', failing: rows.length, total: 10, loadId },
      ]);
      const { body } = await world.call('GET', `/api/datasets/rules/failing?id=${ids[index]}`);
      expect(body.rows.map(({ no }: { no: string }) => no).sort()).toEqual(rows);
    }
    expect(await read(drifting.body.id)).toMatchObject({ state: 'failed', measured: (3 / 7) * 100 });
    const patterns = { datasetId: id, name: 'Rule', kind: 'pattern', column: 'no', pattern: '(' };
    expect((await world.call('POST', '/api/datasets/rules', patterns)).status).toBe(422);
  });

  it('drop what a column of time says is too old', { timeout: 60_000 }, async () => {
    await world.call('PATCH', `/api/datasets/datasets/${id}`, { retention: { days: 10, column: 'day' } });
    await world.later(400 * 86_400_000);
    await world.run('datasets.retention');
    expect((await world.call('GET', `/api/datasets/datasets/${id}`)).body).toMatchObject({
      rows: 0,
      parts: [],
    });
    expect(await world.platform.app.ports.datasets.list(world.owner.tenantId, id)).toEqual([]);
  });
});
