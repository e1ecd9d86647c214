import { gzipSync } from 'node:zlib';
import ExcelJs from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../../adapters/datasets-duckdb/archive.fixture.ts';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';
import { createDatasetWorld, type DatasetWorld } from './datasets.fixture.ts';

const COLUMNS = [
  { source: 'name', name: 'name', type: 'string' },
  { source: 'n', name: 'n', type: 'integer' },
];
/** Enough rows that what comes after them is not in the sample. */
const MANY = Array.from({ length: 21_000 }, (_, at) => `row ${at},${at}\n`).join('');
const CSV = `name,n\n${MANY}`;

describe('files that somebody sent', () => {
  let world: DatasetWorld;
  beforeAll(async () => {
    world = await createDatasetWorld();
  });
  afterAll(() => world.close());

  const send = (raw: string | Buffer, query: string) =>
    world.platform.request('POST', `/api/datasets/uploads/create?${query}`, {
      token: world.owner.token,
      raw,
    });
  /** Sends a file, loads it, and resolves what came of it. */
  async function load(raw: string | Buffer, query = 'format=csv', columns: readonly object[] = COLUMNS) {
    const sent = await send(raw, query);
    expect([sent.status, sent.body.detail]).toEqual([201, undefined]);
    const id = await world.dataset(columns);
    const done = await world.loadUpload(id, sent.body.id);
    const { body: aside } = await world.call('GET', `/api/datasets/loads/quarantine?id=${done.id}`);
    const last = Math.max(0, done.rows - 3);
    const { body } = await world.call('GET', `/api/datasets/datasets/rows?id=${id}&offset=${last}`);
    const errors = (aside.rows ?? []).map(
      ({ line, errors: [error] }: { line: number; errors: { message: string }[] }) => [line, error?.message],
    );
    return { done, upload: sent.body, errors, rows: body.rows.map(Object.values), datasetId: id };
  }

  it.each<[string, () => string | Buffer, string, RegExp]>([
    ['empty', () => '', 'format=csv', /empty/],
    ['gzip that is cut off', () => gzipSync(MANY).subarray(0, 90), 'format=csv', /damaged or cut off/],
    [
      'a ZIP archive that is cut off',
      () => pack([{ name: 'a.csv', content: CSV }]).subarray(0, 900),
      '',
      /damaged or cut off/,
    ],
    [
      'a ZIP archive with a password',
      () => pack([{ name: 'a.csv', content: CSV, encrypted: true }]),
      '',
      /password/,
    ],
    [
      'a workbook that is cut off',
      () => pack([{ name: 'xl/workbook.xml', content: '' }]).subarray(0, 80),
      'format=xlsx',
      /workbook is damaged/,
    ],
    [
      'Parquet that is cut off',
      () => Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(300, 1)]),
      '',
      /not a Parquet file/,
    ],
    ['JSON that is cut off', () => '[{"a":1},{"a":2', 'format=json', /cut off in element 2/],
    [
      '10,000 columns',
      () => Array.from({ length: 10_000 }, (_, at) => `c${at}`).join(','),
      'format=csv',
      /10000 columns; at most 2000/,
    ],
    ['two columns of one name', () => 'a,b,A\n1,2,3\n', 'format=csv', /names A more than once/],
    ['a column without a name', () => 'a,,b\n1,2,3\n', 'format=csv', /no name for column 2/],
  ])('are refused in words: %s', async (_what, make, query, why) => {
    const { status, body } = await send(make(), query);
    expect([status, body.detail]).toEqual([400, expect.stringMatching(why)]);
  });

  it('lose the lines of another encoding, and no other', async () => {
    const mixed = Buffer.concat([
      Buffer.from(`${CSV}Zürich,1\n`),
      Buffer.from('Café,2\n', 'latin1'),
      Buffer.from('x,3\n'),
    ]);
    const { done, rows, errors } = await load(mixed);
    expect(done).toMatchObject({ state: 'done', rows: 21_002, quarantined: 1 });
    expect(rows.slice(-2)).toEqual([
      ['Zürich', 1],
      ['x', 3],
    ]);
    expect(errors).toEqual([[21_003, expect.stringMatching(/mixes encodings/)]]);
    const western = Buffer.concat([Buffer.from('name,n\nCafé,2\n', 'latin1'), Buffer.from('Zürich,1\n')]);
    expect((await load(western)).rows).toEqual([
      ['Café', 2],
      ['Zürich', 1],
    ]);
  });

  it.each<[string, string | Buffer, unknown[][]]>([
    ['a byte order mark', '\ufeffname,n\nA,1\n', [['A', 1]]],
    ['UTF-16', Buffer.from('\ufeffname,n\nÉ,1\n', 'utf16le'), [['É', 1]]],
    [
      'line ends of three kinds',
      'name,n\r\nA,1\nB,2\r\n',
      [
        ['A', 1],
        ['B', 2],
      ],
    ],
    ['a header and nothing else', 'name,n\n', []],
  ])('are read with %s', async (_what, raw, expected) => {
    const { done, rows } = await load(raw);
    expect(done).toMatchObject({ state: 'done', quarantined: 0 });
    expect(rows).toEqual(expected);
  });

  it('lose rows that are ragged, never closed, enormous or of another type, by their lines', async () => {
    const broken = [
      'A',
      'B,1,2',
      `${'x'.repeat(1_500_000)},1`,
      'C,one',
      '"D\nd","2"',
      '"E,1',
      'F,3',
      '',
    ].join('\n');
    const { done, rows, errors } = await load(CSV + broken);
    expect(done).toMatchObject({ state: 'done', rows: 21_002, quarantined: 5 });
    expect(rows.slice(-2)).toEqual([
      ['D\nd', 2],
      ['F', 3],
    ]);
    expect(errors.map(([line]: [number]) => line)).toEqual([21_002, 21_003, 21_004, 21_005, 21_008]);
  });

  it('lose lines that are no JSON, or of another type, by their lines, and numbers lose nothing', async () => {
    const good = Array.from({ length: 21_000 }, (_, n) => `{"name":"row","n":${n}}\n`).join('');
    const odd = [
      '{"name":"A","n":9007199254740993}',
      'no json',
      '[1]',
      '{"name":"B","n":"x"}',
      '{"name":',
      '',
      '{"n":2.0}',
      '{"name":"","n":null}',
      '',
    ];
    const { done, rows, errors } = await load(good + odd.join('\n'), 'format=ndjson');
    expect(done).toMatchObject({ state: 'done', rows: 21_003, quarantined: 4 });
    expect(rows.map(([name, n]: [unknown, unknown]) => [name, String(n)])).toEqual([
      ['A', '9007199254740993'],
      [null, '2'],
      ['', 'null'],
    ]);
    expect(errors.map(([line]: [number]) => line)).toEqual([21_002, 21_003, 21_004, 21_005]);
  });

  it('are workbooks whose formulas are never run, whose days are days, and whose sheets are chosen', async () => {
    const book = new ExcelJs.Workbook();
    book.properties.date1904 = true;
    const sheet = book.addWorksheet('One');
    sheet.addRow(['name', 'n', 'day']);
    sheet.addRow(['A', { formula: '1+1', result: 2 }, new Date(Date.UTC(2026, 0, 31))]);
    sheet.addRow(['B', { formula: 'WEBSERVICE("http://127.0.0.1")' }, null]);
    sheet.addRow(['=1+1', '3', new Date(Date.UTC(2026, 1, 1))]);
    sheet.mergeCells('A4:A5');
    book.addWorksheet('Two').addRows([
      ['name', 'n'],
      ['Z', 26],
    ]);
    const file = Buffer.from(await book.xlsx.writeBuffer());
    const columns = [...COLUMNS, { source: 'day', name: 'day', type: 'date' }];
    const { rows, upload } = await load(file, '', columns);
    expect(rows.slice(0, 3)).toEqual([
      ['A', 2, '2026-01-31'],
      ['B', null, null],
      ['=1+1', 3, '2026-02-01'],
    ]);
    expect(upload).toMatchObject({ layout: { format: 'xlsx' }, sheets: ['One', 'Two'] });
    const again = (await send(file, 'format=xlsx')).body.id;
    const chosen = await world.call('POST', '/api/datasets/uploads/choose', { id: again, sheet: 'Two' });
    expect(chosen.body).toMatchObject({ layout: { sheet: 'Two' }, rows: 1, warnings: [] });
    const done = await world.loadUpload(await world.dataset(COLUMNS), again);
    expect(done).toMatchObject({ state: 'done', rows: 1 });
    const none = await world.call('POST', '/api/datasets/uploads/choose', { id: again, sheet: 'Three' });
    expect(none.status).toBe(404);
  });

  it('are not loaded until it is said which date is meant', async () => {
    const days = `name,n,day\n${'A,1,03/04/2026\n'.repeat(20)}`;
    const { body: upload } = await send(days, 'format=csv');
    const day = { source: 'day', name: 'day', type: 'date' };
    const start = async (columns: readonly object[]) =>
      world.call('POST', '/api/datasets/loads/start', {
        datasetId: await world.dataset(columns),
        uploadId: upload.id,
      });
    const refused = await start([...COLUMNS, day]);
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0]).toMatchObject({
      code: 'undecided_column',
      message: 'day can be read as DD/MM/YYYY or MM/DD/YYYY. Declare the format of the column.',
    });
    const { rows } = await load(days, 'format=csv', [
      ...COLUMNS,
      { ...day, format: { kind: 'date', pattern: 'MM/DD/YYYY' } },
    ]);
    expect(rows[0]).toEqual(['A', 1, '2026-03-04']);
  });

  it('that turn out to be damaged end their load in words; nothing of them stays, and another attempt changes nothing', async () => {
    const id = await world.dataset(COLUMNS);
    const packed = gzipSync(CSV + MANY, { level: 1 });
    const { body: upload } = await send(packed.subarray(0, packed.length - 20_000), 'format=csv');
    const failed = await world.loadUpload(id, upload.id);
    expect(failed).toMatchObject({ state: 'failed', error: expect.stringMatching(/damaged or cut off/) });
    const { body: jobs } = await world.call(
      'GET',
      '/api/jobs/jobs?kind=datasets.load&sort=-createdAt&limit=1',
    );
    await world.call('POST', '/api/jobs/jobs/replay', { id: jobs.items[0].id });
    await runDueJobs(world.platform.app);
    expect((await world.call('GET', `/api/datasets/loads/${failed.id}`)).body.state).toBe('failed');
    expect((await world.call('GET', `/api/datasets/datasets/${id}`)).body).toMatchObject({
      rows: 0,
      parts: [],
    });
    const whole = (await send(packed, 'format=csv')).body.id;
    expect(await world.loadUpload(id, whole)).toMatchObject({ state: 'done', rows: 42_000 });
    expect((await world.call('GET', `/api/datasets/datasets/${id}`)).body).toMatchObject({ rows: 42_000 });
  });
});
