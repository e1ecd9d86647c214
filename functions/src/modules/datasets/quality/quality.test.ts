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
/** What many tests look at, and none changes. */
const MANY = Array.from(
  { length: 60 },
  (_, at) => `A${at},${at},2026-01-01,${at % 2 ? 'IS' : 'NO'},p${at}@example.test`,
);
const HOUR = 3_600_000;

describe('rules of a dataset', () => {
  let world: DatasetWorld;
  let shared: string;
  beforeAll(async () => {
    world = await createDatasetWorld();
    shared = await world.dataset(COLUMNS);
    await world.load(shared, file(...MANY));
  }, 60_000);
  afterAll(() => world.close());

  const dataset = (): Promise<string> => world.dataset(COLUMNS);
  const rule = async (datasetId: string, more: object): Promise<string> => {
    const made = await world.call('POST', '/api/datasets/rules', { datasetId, name: 'Rule', ...more });
    expect([made.status, made.text]).toEqual([201, made.text]);
    return made.body.id;
  };
  const checked = async (ruleId: string, datasetId = shared) => {
    const { body } = await world.call('POST', '/api/datasets/rules/check', { datasetId, ruleId });
    return body.items[0];
  };
  const stateOf = async (id: string) => (await world.call('GET', `/api/datasets/rules/${id}`)).body;
  const failing = async (id: string, token?: string) =>
    (await world.call('GET', `/api/datasets/rules/failing?id=${id}`, undefined, token)).body.rows;

  it('are suggested by what rows have in common, until they are made', async () => {
    const suggested = async () =>
      (await world.call('GET', `/api/datasets/rules/suggestions?datasetId=${shared}`)).body.items;
    const items = await suggested();
    const kinds = items.map(
      ({ kind, column, columns }: Record<string, string>) => `${kind} ${column ?? columns}`,
    );
    expect(kinds).toEqual(
      expect.arrayContaining(['not-null no', 'unique no', 'accepted-values country', 'unique email']),
    );
    const ids: string[] = [];
    for (const item of items) ids.push(await rule(shared, item));
    expect(await suggested()).toEqual([]);
    for (const id of ids) expect((await checked(id)).state).toBe('passed');
  });

  it('tolerate a share, and look for values in another dataset', async () => {
    const countries = await world.dataset([{ source: 'code', name: 'code', type: 'string' }]);
    const target = { datasetId: countries, column: 'code' };
    const tolerant = await rule(shared, { kind: 'range', column: 'total', max: 29, tolerance: 0.5 });
    const strict = await rule(shared, { kind: 'range', column: 'total', max: 29, tolerance: 0.4 });
    const reference = await rule(shared, { kind: 'referential', column: 'country', target });
    expect((await checked(tolerant)).state).toBe('passed');
    expect((await checked(strict)).state).toBe('failed');
    const empty = { state: 'unchecked', message: 'The other dataset has no rows.' };
    expect(await checked(reference)).toMatchObject(empty);
    await world.load(countries, 'code\nIS\n');
    expect(await checked(reference)).toMatchObject({ state: 'failed', failing: 30, total: 60 });
    const rows = await failing(reference);
    expect(rows.map(({ country }: { country: string }) => country)).toEqual(Array(20).fill('NO'));
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

  it('keep a load out for rows of its own, which can still be looked at, and let the next one in', async () => {
    const id = await dataset();
    await world.load(id, file('A0,-5,2026-01-01,IS,z@example.test', ...GOOD));
    const ruleId = await rule(id, { kind: 'range', column: 'total', min: 0, blocking: true });
    const bad = await world.load(
      id,
      file('A4,-1,2026-01-04,IS,d@example.test', 'A5,1,2026-01-04,IS,d@example.test'),
    );
    expect(bad).toMatchObject({
      state: 'failed',
      blockedBy: [ruleId],
      error: 'The load was not let in. “Rule” is broken by 2 rows.',
    });
    expect((await world.call('GET', `/api/datasets/datasets/${id}`)).body).toMatchObject({ rows: 4 });
    expect(await failing(ruleId)).toMatchObject([{ no: 'A0' }, { no: 'A4', total: -1 }]);
    // An earlier row is not held against it.
    expect((await world.load(id, file('A6,1,2026-01-06,NO,f@example.test'))).state).toBe('done');
    expect(await stateOf(ruleId)).toMatchObject({ state: 'failed', failing: 1, total: 5 });
    expect(await failing(ruleId)).toMatchObject([{ no: 'A0' }]);
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
    const ruleId = await rule(shared, { kind: 'range', column: 'total', max: 58 });
    await checked(ruleId);
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

  it('say when they cannot be checked, and then keep a load out where they are to', async () => {
    const id = await dataset();
    const loose = await rule(id, { kind: 'not-null', column: 'country' });
    const strict = await rule(id, { kind: 'not-null', column: 'country', blocking: true });
    const columns = COLUMNS.filter(({ name }) => name !== 'country');
    await world.call('PATCH', `/api/datasets/datasets/${id}`, { columns });
    expect(await world.load(id, file(...GOOD))).toMatchObject({ state: 'failed', blockedBy: [strict] });
    const message = 'The dataset has no column country.';
    for (const one of [loose, strict])
      expect(await stateOf(one)).toMatchObject({ state: 'unchecked', message });
  });

  it('show viewers neither personal columns nor what was measured over them', async () => {
    const ruleId = await rule(shared, { kind: 'pattern', column: 'email', pattern: 'p([1-9].|[0-8])@.*' });
    await checked(ruleId);
    const viewer = await world.viewer();
    expect(await failing(ruleId)).toMatchObject([{ email: 'p9@example.test' }]);
    expect(await failing(ruleId, viewer)).toEqual([{ no: 'A9', total: 9, day: '2026-01-01', country: 'IS' }]);
    const drift = await rule(shared, { kind: 'drift', column: 'total', measure: 'mean', maxChange: 1 });
    expect(await checked(drift)).toHaveProperty('measured');
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
    const { status, body } = await world.call('POST', '/api/datasets/rules', {
      datasetId: shared,
      name: 'Rule',
      ...more,
    });
    expect([status, body.errors?.[0]?.path]).toEqual([422, path]);
  });

  it('take what they are given for values, never for SQL', async () => {
    const hostile = `x') OR 1=1; SELECT * FROM read_text('/etc/passwd') --`;
    const values = [hostile, `"; DROP TABLE x`];
    const list = await rule(shared, { kind: 'accepted-values', column: 'country', values });
    const share = { kind: 'drift', column: 'country', measure: 'value-share', value: hostile, maxChange: 1 };
    expect(await checked(list)).toMatchObject({ state: 'failed', failing: 60 });
    expect(await checked(await rule(shared, share))).toMatchObject({ state: 'passed', measured: 0 });
  });
});
