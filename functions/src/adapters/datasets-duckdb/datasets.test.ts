import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Datasets, FileLayout, InspectedColumn } from '../../kernel/ports/datasets.ts';
import { createDuckDbDatasets } from './index.ts';

const RETAIL = path.join(import.meta.dirname, '../../../../tests/data/online-retail-2010-12.csv.gz');

describe('datasets', () => {
  let directory: string;
  let datasets: Datasets;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'datasets-'));
    datasets = createDuckDbDatasets({ directory });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const place = (part: string) => ({ tenantId: 'ten_1', datasetId: 'dat_1', part });
  async function file(content: string | Buffer): Promise<string> {
    const name = path.join(directory, `file-${randomBytes(6).toString('hex')}`);
    await writeFile(name, content);
    return name;
  }
  async function load(
    content: string | Buffer,
    format: FileLayout['format'] = 'csv',
    change: (columns: readonly InspectedColumn[]) => readonly InspectedColumn[] = (columns) => columns,
  ) {
    const name = await file(content);
    const { layout, columns } = await datasets.inspect(name, format);
    const part = `p${randomBytes(6).toString('hex')}`;
    const outcome = await datasets.load({ file: name, layout, columns: change(columns), ...place(part) });
    return { part, outcome, columns };
  }
  async function query(part: string, sql: (relation: string) => string): Promise<unknown[][]> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    try {
      const result = await connection.runAndReadAll(sql(datasets.relation('ten_1', 'dat_1', [part])));
      return result.getRowsJson() as unknown[][];
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }
  const rowsOf = (part: string) => query(part, (relation) => `SELECT * FROM ${relation}`);

  it('load a real file with the types of its columns, as DuckDB itself reads it', async () => {
    const { layout, columns } = await datasets.inspect(RETAIL, 'csv');
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'invoice_no string',
      'stock_code string',
      'description string',
      'quantity integer',
      'invoice_date timestamp',
      'unit_price number',
      'customer_id number',
      'country string',
    ]);
    const shares: number[] = [];
    const outcome = await datasets.load(
      { file: RETAIL, layout, columns, ...place('retail') },
      { onProgress: (share) => shares.push(share) },
    );
    expect(outcome).toMatchObject({ rows: 42_481, quarantined: 0 });
    expect(shares.at(-1)).toBe(1);
    const checksum = (relation: string): string =>
      `SELECT count(*)::VARCHAR, bit_xor(hash(COLUMNS(*)::VARCHAR))::VARCHAR FROM ${relation}`;
    const [ours] = await query('retail', checksum);
    const [theirs] = await query('retail', () => checksum(`read_csv('${RETAIL.replaceAll("'", "''")}')`));
    expect(ours).toEqual(theirs);
  });

  it('set a row aside that is broken, and nothing but that row', async () => {
    const lines = Array.from(
      { length: 30_000 },
      (_, index) => `${index},${index % 7},2026-01-0${1 + (index % 9)}`,
    );
    lines[10_000] = '"10000,3,2026-01-01';
    lines[20_000] = '20000,three,2026-01-01';
    lines[25_000] = '25000,3';
    const { part, outcome } = await load(`id,n,day\n${lines.join('\n')}\n`);
    expect(outcome).toMatchObject({ rows: 29_997, quarantined: 3 });
    const rows = await datasets.quarantine(place(part), { offset: 0, limit: 10 });
    expect(rows.map(({ line }) => line)).toEqual([10_002, 20_002, 25_002]);
    expect(rows[0]?.text).toBe('"10000,3,2026-01-01');
    expect(rows[1]?.errors).toEqual([{ column: 'n', message: '"three" is no integer.' }]);
    expect(await datasets.quarantine(place(part), { offset: 2, limit: 10 })).toHaveLength(1);
    const [[sum]] = (await query(part, (relation) => `SELECT sum(id)::BIGINT FROM ${relation}`)) as [
      [string],
    ];
    expect(Number(sum)).toBe((29_999 * 30_000) / 2 - 10_000 - 20_000 - 25_000);
  });

  it.each([
    ['as it is', '\n'],
    ['rewritten', '\r'],
  ])(
    'take some columns of a file that is read %s, in any order, whatever they are called',
    async (_how, newline) => {
      const name = await file(['c1,line,c0', '1,2,x', '3,?,y', ''].join(newline));
      const { layout, columns } = await datasets.inspect(name, 'csv');
      const [first, second] = columns.map((column) => ({ ...column, type: 'integer' }) as const);
      const header = columns.map(({ source }) => source);
      const wanted = [second, first].flatMap((column) => column ?? []);
      const outcome = await datasets.load({ file: name, layout, columns: wanted, header, ...place('some') });
      expect(outcome).toMatchObject({ rows: 1, quarantined: 1 });
      expect(await query('some', (relation) => `SELECT c1, line FROM ${relation}`)).toEqual([['1', '2']]);
      const [row] = await datasets.quarantine(place('some'), { offset: 0, limit: 1 });
      expect(row).toMatchObject({
        text: '{"line":"?","c1":"3"}',
        errors: [{ column: 'line', message: '"?" is no integer.' }],
      });
    },
  );

  it('show a text that tells readings apart, where there is one', async () => {
    const days = [
      '01/01/2026',
      '02/02/2026',
      '03/03/2026',
      '04/04/2026',
      '05/05/2026',
      '06/06/2026',
      '07/08/2026',
    ];
    const { columns } = await datasets.inspect(await file(['day', ...days, ''].join('\n')), 'csv');
    expect(columns[0]?.samples[0]).toBe('07/08/2026');
  });

  it('never round, cut or shift what does not fit exactly', async () => {
    const filler = Array.from({ length: 3_000 }, () => '1,2026-01-01,2026-01-01 10:00:00');
    const odd = ['1.5,2026-01-01,2026-01-01 10:00:00', '1,2026-01-01 10:00,2026-01-01 10:00:00'];
    const zoned = '1,2026-01-01,2026-01-01T10:00:00+02:00';
    const { part, outcome } = await load(`n,day,at\n${[...filler, ...odd, zoned].join('\n')}\n`);
    expect(outcome).toMatchObject({ rows: 3_001, quarantined: 2 });
    const early = (relation: string): string => `SELECT min("at")::VARCHAR FROM ${relation}`;
    expect(await query(part, early)).toEqual([['2026-01-01 08:00:00']]);
  });

  it('read what spreadsheets of other countries write, and local times at the change of clocks', async () => {
    const german =
      'Datum;Betrag;Zeit\n31.12.2026;1.234,50;29.03.2026 01:30\n01.01.2027;-7,5;29.03.2026 03:30\n';
    const { part, columns } = await load(german, 'csv', (found) =>
      found.map((column) =>
        column.format?.kind === 'timestamp'
          ? { ...column, format: { ...column.format, timezone: 'Europe/Berlin' } }
          : column,
      ),
    );
    expect(columns.map(({ name }) => name)).toEqual(['datum', 'betrag', 'zeit']);
    expect(await rowsOf(part)).toEqual([
      ['2026-12-31', 1234.5, '2026-03-29 00:30:00'],
      ['2027-01-01', -7.5, '2026-03-29 01:30:00'],
    ]);
  });

  it.each([
    ['Windows-1252', Buffer.from('name,n\nCaf\xe9,1\n', 'latin1'), 'csv', [['Café', '1']]],
    ['UTF-16', Buffer.from('\ufeffname,n\nCafé,1\n', 'utf16le'), 'csv', [['Café', '1']]],
    [
      'old Macintosh',
      Buffer.from('name,n\rA,1\rB,2\r'),
      'csv',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    ['a sep= line', Buffer.from('sep=;\nname;n\nA;1\n'), 'csv', [['A', '1']]],
    ['gzip', gzipSync('name,n\n"A\nB",1\n'), 'csv', [['A\nB', '1']]],
    [
      'NDJSON',
      Buffer.from('{"name":"A","n":1}\n{"name":"B","n":2,"x":{"y":[1]}}\n'),
      'ndjson',
      [
        ['A', '1', null],
        ['B', '2', '[1]'],
      ],
    ],
    ['JSON', Buffer.from('[{"name":"A","n":1.5}]'), 'json', [['A', 1.5]]],
  ] as const)('read %s', async (_what, content, format, rows) => {
    const { part } = await load(content, format);
    expect(await rowsOf(part)).toEqual(rows);
  });

  it('read Parquet with its own types', async () => {
    const source = path.join(directory, 'source.parquet');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT 1::INTEGER AS "Order No", 2.50::DECIMAL(9,2) AS price, DATE '2026-01-01' AS day, {a: [1]} AS extra) TO '${source}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    const { layout, columns } = await datasets.inspect(source, 'parquet');
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ['order_no', 'integer'],
      ['price', 'number'],
      ['day', 'date'],
      ['extra', 'json'],
    ]);
    await datasets.load({ file: source, layout, columns, ...place('parquet') });
    expect(await rowsOf('parquet')).toEqual([['1', 2.5, '2026-01-01', '{"a":[1]}']]);
  });

  it.each([
    ['nothing', '', 'csv', /empty/],
    [
      'a cut-off gzip',
      gzipSync('name,n\nA,1\n'.repeat(10_000)).subarray(0, 200),
      'csv',
      /damaged or cut off/,
    ],
    ['a header that names a column twice', 'a,a\n1,2\n', 'csv', /more than once/],
    [
      'too many columns',
      `${Array.from({ length: 10_000 }, (_, at) => `c${at}`).join(',')}\n`,
      'csv',
      /at most/,
    ],
    ['a picture', randomBytes(5_000), 'csv', /not text|UTF|could not|more than once|no name/i],
    ['no Parquet at all', 'PAR1 nothing', 'parquet', /./],
  ] as const)('refuse %s, and say why', async (_what, content, format, why) => {
    await expect(datasets.inspect(await file(content as Buffer), format)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(why),
    });
  });

  it('leave nothing behind when they are ended, and load the same part once', async () => {
    const rows = Array.from(
      { length: 400_000 },
      (_, index) => `${index},${createHash('md5').update(String(index)).digest('hex')}`,
    );
    const name = await file(`id,text\n${rows.join('\n')}\n`);
    const { layout, columns } = await datasets.inspect(name, 'csv');
    const request = { file: name, layout, columns, tenantId: 'ten_1', datasetId: 'dat_2', part: 'big' };
    const ending = new AbortController();
    const loading = datasets.load(request, { signal: ending.signal });
    setTimeout(() => ending.abort(new Error('cancelled')), 50);
    await expect(loading).rejects.toThrow('cancelled');
    const folder = path.join(directory, 'datasets', 'ten_1', 'dat_2');
    expect(await readdir(folder)).toEqual([]);
    await datasets.load(request);
    expect(await datasets.load(request)).toMatchObject({ rows: 400_000 });
    expect((await readdir(folder)).sort()).toEqual(['big.parquet', 'big.rejected.ndjson']);
    await datasets.remove(request);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuse names that lead out of their folder', () => {
    expect(() => datasets.relation('..', 'dat_1', ['p'])).toThrow(TypeError);
    expect(() => datasets.relation('ten_1', 'dat_1', ["p') UNION SELECT 1 --"])).toThrow(TypeError);
  });
});
