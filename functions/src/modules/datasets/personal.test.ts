import { afterAll, beforeAll, expect, it } from 'vitest';
import { modules } from '../../modules.ts';
import { createDatasetWorld, type DatasetWorld } from './datasets.fixture.ts';

const FILE = [
  'No,Mail,Salary',
  ...Array.from({ length: 20 }, (_, at) => `${at},secret-${at}@example.test,${71_000 + at}`),
  '20,secret-20@example.test,none',
  '',
].join('\n');

let world: DatasetWorld;
let viewer: string;
beforeAll(async () => {
  world = await createDatasetWorld({ only: modules });
  viewer = await world.viewer();
}, 60_000);
afterAll(() => world.close());

it('proposes personal columns, and shows viewers nothing of those that were confirmed, by no door', async () => {
  const { body } = await world.call('GET', `/api/datasets/uploads/${await world.upload(FILE)}`);
  expect(body.columns).toMatchObject([
    {},
    { name: 'mail', pii: true, personal: 'email' },
    { name: 'salary' },
  ]);
  const id = await world.dataset([
    { source: 'No', name: 'no', type: 'integer' },
    { source: 'Mail', name: 'mail', type: 'string', pii: true },
    { source: 'Salary', name: 'salary', type: 'number', pii: true },
  ]);
  const rule = async (more: object): Promise<string> =>
    (await world.call('POST', '/api/datasets/rules', { datasetId: id, name: 'Rule', ...more })).body.id;
  const rules = [
    await rule({ kind: 'range', column: 'salary', max: 70_500 }),
    await rule({ kind: 'drift', column: 'salary', measure: 'mean', maxChange: 1 }),
    await rule({ kind: 'accepted-values', column: 'mail', values: ['secret-1@example.test'] }),
  ];
  const load = await world.load(id, FILE);
  const doors = [
    `datasets/datasets/${id}`,
    `datasets/datasets/${id}/history`,
    `datasets/datasets/rows?id=${id}`,
    `datasets/datasets/profile?id=${id}`,
    ...['csv', 'ndjson'].map((format) => `datasets/datasets/export-rows?id=${id}&format=${format}`),
    'datasets/datasets/export',
    `datasets/loads/quarantine?id=${load.id}`,
    'datasets/loads',
    'datasets/loads/export',
    `datasets/loads/${load.id}/history`,
    'datasets/uploads',
    `datasets/uploads/${load.uploadId}`,
    'datasets/rules',
    'datasets/rules/export',
    `datasets/rules/suggestions?datasetId=${id}`,
    ...rules.flatMap((one) => [`datasets/rules/failing?id=${one}`, `datasets/rules/${one}/history`]),
    `analytics/lineage?dataset=${id}`,
  ];
  const shown = async (token?: string): Promise<string[]> => {
    const seen: string[] = [];
    for (const door of doors) {
      const { status, text } = await world.call('GET', `/api/${door}`, undefined, token);
      expect([door, [200, 403].includes(status)]).toEqual([door, true]);
      if (/secret-|710\d\d/.test(text)) seen.push(door);
    }
    return seen;
  };
  expect(await shown(viewer)).toEqual([]);
  expect((await shown()).length).toBeGreaterThan(8);
});

it('tells other systems that rules fail and recover', async () => {
  const { body } = await world.call('GET', '/api/webhooks/catalogue');
  const names = body.events.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['datasets.rules.failed', 'datasets.rules.recovered']));
});
