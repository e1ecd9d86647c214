import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasets } from '../datasets.collection.ts';
import { createDatasetWorld, type DatasetWorld } from '../datasets.fixture.ts';

const HEADER = 'no,total,day,country,email';
const file = (...rows: string[]): string => `${[HEADER, ...rows].join('\n')}\n`;
const GOOD = [
  'A1,10,2026-01-01,IS,a@example.test',
  'A2,20,2026-01-02,NO,b@example.test',
  'A3,30,2026-01-03,IS,c@example.test',
];
const COLUMNS = [
  { source: 'no', name: 'no', type: 'string' },
  { source: 'total', name: 'total', type: 'number' },
  { source: 'day', name: 'day', type: 'date' },
  { source: 'country', name: 'country', type: 'string' },
  { source: 'email', name: 'email', type: 'string', pii: true },
];
const HOUR = 3_600_000;

describe('rules of a dataset', () => {
  let world: DatasetWorld;
  beforeAll(async () => {
    world = await createDatasetWorld();
  });
  afterAll(() => world.close());

  const dataset = (): Promise<string> => world.dataset(COLUMNS);
  const rule = async (datasetId: string, more: object): Promise<string> => {
    const made = await world.call('POST', '/api/datasets/rules', { datasetId, name: 'Rule', ...more });
    expect([made.status, made.text]).toEqual([201, made.text]);
    return made.body.id;
  };
  const stateOf = async (id: string) => (await world.call('GET', `/api/datasets/rules/${id}`)).body;
  const failing = async (id: string, token?: string) =>
    (await world.call('GET', `/api/datasets/rules/failing?id=${id}`, undefined, token)).body.rows;

  it('tolerate a share, and look for values in another dataset', async () => {
    const countries = await world.dataset([{ source: 'code', name: 'code', type: 'string' }]);
    const id = await dataset();
    const [tolerant, strict, reference] = [
      await rule(id, { kind: 'range', column: 'total', max: 25, tolerance: 0.5 }),
      await rule(id, { kind: 'range', column: 'total', max: 25, tolerance: 0.1 }),
      await rule(id, {
        kind: 'referential',
        column: 'country',
        target: { datasetId: countries, column: 'code' },
      }),
    ];
    await world.load(id, file(...GOOD));
    expect((await stateOf(tolerant)).state).toBe('passed');
    expect((await stateOf(strict)).state).toBe('failed');
    expect(await stateOf(reference)).toMatchObject({
      state: 'unchecked',
      message: 'The other dataset has no rows.',
    });
    await world.load(countries, 'code\nIS\n');
    const { body } = await world.call('POST', '/api/datasets/rules/check', {
      datasetId: id,
      ruleId: reference,
    });
    expect(body.items).toMatchObject([{ id: reference, state: 'failed', failing: 1, total: 3 }]);
    expect(await failing(reference)).toMatchObject([{ no: 'A2', country: 'NO' }]);
  });

  it('measure loads against those before', async () => {
    const id = await dataset();
    const [count, mean, share] = [
      await rule(id, { kind: 'row-count', min: 2, maxChange: 50 }),
      await rule(id, { kind: 'drift', column: 'total', measure: 'mean', maxChange: 20 }),
      await rule(id, {
        kind: 'drift',
        column: 'country',
        measure: 'value-share',
        value: 'IS',
        maxChange: 10,
      }),
    ];
    await world.load(id, file(...GOOD), 'replace');
    for (const one of [count, mean, share]) expect((await stateOf(one)).state).toBe('passed');
    await world.load(id, file(...GOOD.slice(0, 2), 'A9,33,2026-01-09,IS,e@example.test'), 'replace');
    expect(await stateOf(mean)).toMatchObject({ state: 'passed', measured: 21, expected: 20 });
    await world.load(id, file(...GOOD.slice(0, 1)), 'replace');
    expect(await stateOf(count)).toMatchObject({ state: 'failed', measured: 1, expected: 3 });
    expect(await stateOf(mean)).toMatchObject({ state: 'failed', measured: 10, expected: 20.5 });
    expect(await stateOf(share)).toMatchObject({ state: 'failed', measured: 100 });
  });

  it('keep a load out, whose rows can still be looked at, and let the next one in', async () => {
    const id = await dataset();
    await world.load(id, file(...GOOD));
    const ruleId = await rule(id, { kind: 'range', column: 'total', min: 0, blocking: true });
    const bad = await world.load(
      id,
      file('A4,-1,2026-01-04,IS,d@example.test', 'A5,1,2026-01-04,IS,d@example.test'),
    );
    expect(bad).toMatchObject({
      state: 'failed',
      blockedBy: [ruleId],
      error: 'The load was not let in. “Rule” is broken by one row.',
    });
    expect((await world.call('GET', `/api/datasets/datasets/${id}`)).body).toMatchObject({ rows: 3 });
    expect(await failing(ruleId)).toMatchObject([{ no: 'A4', total: -1 }]);
    expect((await world.load(id, file('A6,1,2026-01-06,NO,f@example.test'))).state).toBe('done');
    expect(await stateOf(ruleId)).toMatchObject({ state: 'passed', failing: 0, total: 4 });
    expect(await failing(ruleId)).toEqual([]);
  });

  it('do not hold earlier rows against a load', async () => {
    const id = await dataset();
    await world.load(id, file('A0,-5,2026-01-01,IS,z@example.test'));
    const ruleId = await rule(id, { kind: 'range', column: 'total', min: 0, blocking: true });
    expect((await world.load(id, file(...GOOD))).state).toBe('done');
    expect(await stateOf(ruleId)).toMatchObject({ state: 'failed', failing: 1 });
  });

  it('look at the rows that are shown, where newer ones take the place of older ones', async () => {
    const id = await dataset();
    const ruleId = await rule(id, { kind: 'unique', columns: ['no'] });
    await world
      .system()
      .repo(datasets)
      .patch(id, { key: ['no'] });
    await world.load(id, file(...GOOD));
    await world.load(id, file('A1,11,2026-01-01,IS,a@example.test'));
    expect(await stateOf(ruleId)).toMatchObject({ state: 'passed', total: 3 });
  });

  it('keep what was found while they are called otherwise or rest, and forget it with another question', async () => {
    const id = await dataset();
    const ruleId = await rule(id, { kind: 'range', column: 'total', max: 20 });
    await world.load(id, file(...GOOD));
    const change = async (patch: object) =>
      (await world.call('PATCH', `/api/datasets/rules/${ruleId}`, patch)).body;
    expect(await change({ name: 'Small', enabled: false })).toMatchObject({ state: 'failed', failing: 1 });
    expect(await change({ enabled: true, blocking: true })).toMatchObject({ state: 'failed', failing: 1 });
    const other = await change({ max: 50 });
    expect(other).toMatchObject({ state: 'new', baseline: [] });
    expect(other).not.toHaveProperty('failing');
  });

  it('tell once that they failed and once that they recovered', async () => {
    const id = await dataset();
    await rule(id, { kind: 'not-null', column: 'country' });
    await world.platform.drain();
    for (const raw of [file(...GOOD), file('A4,1,2026-01-04,,d@b.test'), file('A5,1,2026-01-04,,d@b.test')])
      await world.load(id, raw);
    await world.load(id, file(...GOOD), 'replace');
    await world.load(id, file(...GOOD), 'replace');
    const events = (await world.platform.drain())
      .map(({ event }) => event)
      .filter((name) => /rules\.(f|r)/.test(name));
    expect(events).toEqual(['datasets.rules.failed', 'datasets.rules.recovered']);
  });

  it('notice that nothing was loaded, and that something was again', async () => {
    const id = await dataset();
    const ruleId = await rule(id, { kind: 'freshness', hours: 24 });
    await world.load(id, file(...GOOD));
    await world.run('datasets.freshness');
    expect((await stateOf(ruleId)).state).toBe('passed');
    const { version } = await stateOf(ruleId);
    await world.later(25 * HOUR);
    await world.run('datasets.freshness');
    await world.run('datasets.freshness');
    expect(await stateOf(ruleId)).toMatchObject({ state: 'failed', version: version + 1 });
    await world.load(id, file(...GOOD));
    expect((await stateOf(ruleId)).state).toBe('passed');
  });

  it('say when they cannot be checked, and then keep a load out only where they are to', async () => {
    const id = await dataset();
    const ruleId = await rule(id, { kind: 'not-null', column: 'country' });
    const { body } = await world.call('GET', `/api/datasets/datasets/${id}`);
    await world.call('PATCH', `/api/datasets/datasets/${id}`, {
      columns: body.columns.filter(({ name }: { name: string }) => name !== 'country'),
    });
    expect((await world.load(id, file(...GOOD))).state).toBe('done');
    expect(await stateOf(ruleId)).toMatchObject({
      state: 'unchecked',
      message: 'The dataset has no column country.',
    });
    const other = await dataset();
    const strict = await rule(other, { kind: 'not-null', column: 'country', blocking: true });
    const columns = COLUMNS.filter(({ name }) => name !== 'country');
    await world.call('PATCH', `/api/datasets/datasets/${other}`, { columns });
    expect(await world.load(other, file(...GOOD))).toMatchObject({ state: 'failed', blockedBy: [strict] });
  });

  it('show viewers neither personal columns nor what was measured over them', async () => {
    const id = await dataset();
    const ruleId = await rule(id, { kind: 'pattern', column: 'email', pattern: '.*@example[.]test' });
    await world.load(id, file(...GOOD, 'A4,1,2026-01-04,IS,d@elsewhere.test'));
    const viewer = await world.viewer();
    expect(await failing(ruleId)).toMatchObject([{ email: 'd@elsewhere.test' }]);
    expect(await failing(ruleId, viewer)).toEqual([{ no: 'A4', total: 1, day: '2026-01-04', country: 'IS' }]);
    const drift = await rule(id, { kind: 'drift', column: 'total', measure: 'mean', maxChange: 1 });
    await world.call('POST', '/api/datasets/rules/check', { datasetId: id });
    expect(await stateOf(drift)).toHaveProperty('measured');
    const seen = (await world.call('GET', `/api/datasets/rules/${drift}`, undefined, viewer)).body;
    expect(seen.state).toBe('passed');
    for (const hidden of ['measured', 'expected', 'baseline']) expect(seen).not.toHaveProperty(hidden);
  });

  it.each([
    [{ kind: 'range', column: 'total' }, 'min'],
    [{ kind: 'range', column: 'nothing', min: 0 }, 'column'],
    [{ kind: 'range', column: 'country', min: 0 }, 'min'],
    [{ kind: 'range', column: 'day', min: 'yesterday' }, 'min'],
    [{ kind: 'range', column: 'day', max: '2026-02-30' }, 'max'],
    [{ kind: 'unique', columns: ['no', 'x'] }, 'columns.1'],
    [{ kind: 'pattern', column: 'no', pattern: '(' }, 'pattern'],
    [{ kind: 'pattern', column: 'no', pattern: '((a{1000}){1000}){1000}' }, 'pattern'],
    [{ kind: 'not-null', column: 'no', hours: 1 }, 'hours'],
    [{ kind: 'freshness', hours: 1, blocking: true }, 'blocking'],
    [{ kind: 'not-null', column: 'no', severity: 'warning', blocking: true }, 'blocking'],
    [{ kind: 'drift', column: 'country', measure: 'mean', maxChange: 1 }, 'measure'],
    [{ kind: 'accepted-values', column: 'total', values: ['x'] }, 'values.0'],
    [
      {
        kind: 'referential',
        column: 'no',
        target: { datasetId: 'dat_01JD0000000000000000000000', column: 'a' },
      },
      'target',
    ],
  ])('are refused where they cannot be checked: %j', async (more, path) => {
    const id = await dataset();
    const { status, body } = await world.call('POST', '/api/datasets/rules', {
      datasetId: id,
      name: 'Rule',
      ...more,
    });
    expect([status, body.errors?.[0]?.path]).toEqual([422, path]);
  });

  it('take what they are given for values, never for SQL', async () => {
    const id = await dataset();
    const hostile = `x') OR 1=1; SELECT * FROM read_text('/etc/passwd') --`;
    const rules = [
      await rule(id, { kind: 'accepted-values', column: 'country', values: [hostile, `"; DROP TABLE x`] }),
      await rule(id, {
        kind: 'drift',
        column: 'country',
        measure: 'value-share',
        value: hostile,
        maxChange: 1,
      }),
    ];
    await world.load(id, file(...GOOD));
    expect(await stateOf(rules[0] ?? '')).toMatchObject({ state: 'failed', failing: 3 });
    expect(await stateOf(rules[1] ?? '')).toMatchObject({ state: 'passed', measured: 0 });
  });

  it('are suggested by what rows have in common, until they are made', async () => {
    const id = await dataset();
    const rows = Array.from(
      { length: 60 },
      (_, at) => `A${at},${at},2026-01-01,${at % 2 ? 'IS' : 'NO'},p${at}@example.test`,
    );
    await world.load(id, file(...rows));
    const suggested = async () =>
      (await world.call('GET', `/api/datasets/rules/suggestions?datasetId=${id}`)).body.items;
    const items = await suggested();
    const kinds = items.map(
      ({ kind, column, columns }: Record<string, string>) => `${kind} ${column ?? columns}`,
    );
    expect(kinds).toEqual(
      expect.arrayContaining(['not-null no', 'unique no', 'range total', 'accepted-values country']),
    );
    for (const item of items) await rule(id, item);
    expect(await suggested()).toEqual([]);
    const { body } = await world.call('POST', '/api/datasets/rules/check', { datasetId: id });
    expect(body.items.map(({ state }: { state: string }) => state)).toEqual(items.map(() => 'passed'));
  });
});
