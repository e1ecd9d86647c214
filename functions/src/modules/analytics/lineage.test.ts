import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modules } from '../../modules.ts';
import { createDatasetWorld, type DatasetWorld } from '../datasets/datasets.fixture.ts';

const FILE = 'Day,Shop,Amount\n2026-01-05,North,10.5\n2026-01-06,South,4\n';
const COLUMNS = [
  { source: 'Day', name: 'day', type: 'date' },
  { source: 'Shop', name: 'shop', type: 'string' },
  { source: 'Amount', name: 'amount', type: 'number' },
];

describe('the way of a dataset', () => {
  let world: DatasetWorld;
  beforeAll(async () => {
    world = await createDatasetWorld({ only: modules });
  }, 60_000);
  afterAll(() => world.close());

  const made = async (path: string, body: object): Promise<string> => {
    const answer = await world.call('POST', `/api/${path}`, body);
    expect([answer.status, answer.text]).toEqual([201, answer.text]);
    return answer.body.id;
  };
  const lineage = (id: string, token?: string) =>
    world.call('GET', `/api/analytics/lineage?dataset=${id}`, undefined, token);

  it('leads from sources and loads over rules and metrics to charts, as far as one may see', async () => {
    const id = await world.dataset(COLUMNS);
    const other = await world.dataset(COLUMNS);
    const rule = await made('datasets/rules', {
      datasetId: id,
      name: 'Shops',
      kind: 'not-null',
      column: 'shop',
    });
    await made('datasets/rules', { datasetId: other, name: 'Elsewhere', kind: 'not-null', column: 'shop' });
    const load = await world.load(id, FILE);
    const config = { kind: 'url', url: 'https://example.com/sales.csv' };
    const source = await made('datasets/sources', { name: 'Daily sales', datasetId: id, config });
    const metric = (name: string, more: object) =>
      made('analytics/custom-metrics', { name, label: name, aggregate: 'count', format: 'number', ...more });
    const from = (dataset: string) => ({ source: `dataset:${dataset}`, time: 'day' });
    const takings = await metric('takings', { ...from(id), aggregate: 'sum', field: 'amount' });
    await metric('elsewhere', from(other));
    const share = await metric('share', {
      aggregate: 'ratio',
      ratio: ['takings', 'elsewhere'],
      format: 'percent',
    });
    const chart = await made('analytics/charts', {
      name: 'Share',
      query: { metrics: ['share'] },
      display: 'line',
    });
    await made('analytics/charts', { name: 'Other', query: { metrics: ['elsewhere'] }, display: 'line' });

    const { body } = await lineage(id);
    expect(body.nodes.map(({ id: node, kind }: Record<string, string>) => [kind, node])).toEqual([
      ['source', source],
      ['load', load.id],
      ['dataset', id],
      ['rule', rule],
      ['metric', takings],
      ['metric', share],
      ['chart', chart],
    ]);
    expect(body.edges).toEqual([
      { from: source, to: id },
      { from: load.id, to: id },
      { from: id, to: rule },
      { from: id, to: takings },
      { from: takings, to: share },
      { from: share, to: chart },
    ]);

    const seen = (await lineage(id, await world.viewer())).body;
    expect(seen.nodes.some(({ kind }: { kind: string }) => kind === 'source')).toBe(false);
    expect(JSON.stringify(seen)).not.toContain(source);
    const stranger = await world.platform.register('Stranger');
    const url = `/api/analytics/lineage?dataset=${id}`;
    expect((await world.platform.request('GET', url, { token: stranger.token })).status).toBe(404);
  });
});
