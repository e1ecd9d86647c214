import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import ExcelJs from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatasetColumn, Datasets, FileFormat } from '../../kernel/ports/datasets.ts';
import { type Packed, pack } from './archive.fixture.ts';
import { createDuckDbDatasets } from './index.ts';
import { openPieces } from './pieces.ts';

describe('archives', () => {
  let directory: string;
  let datasets: Datasets;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'archives-'));
    datasets = createDuckDbDatasets({ directory });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const integer = (name: string): DatasetColumn => ({ source: name, name, type: 'integer' });
  let files = 0;
  async function file(content: Buffer): Promise<string> {
    const name = path.join(directory, `archive-${++files}.zip`);
    await writeFile(name, content);
    return name;
  }
  async function load(content: Buffer, format?: FileFormat, entry?: string) {
    const name = await file(content);
    const found = await datasets.inspect(name, format, entry === undefined ? {} : { entry });
    const columns = found.columns.map((each) => (each.source === 'n' ? integer(each.source) : each));
    const place = { tenantId: 'ten_1', datasetId: 'dat_1', part: `p${files}` };
    const outcome = await datasets.load({ file: name, layout: found.layout, columns, ...place });
    return { ...found, outcome, place, rows: await rowsOf(place.part) };
  }
  async function rowsOf(part: string): Promise<unknown[][]> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const sql = `SELECT * FROM ${datasets.relation('ten_1', 'dat_1', [part])} ORDER BY 1`;
    const rows = (await connection.runAndReadAll(sql)).getRowsJson();
    connection.closeSync();
    instance.closeSync();
    return rows;
  }
  const CSV = 'name,n\nA,1\n"B\nb",2\n';
  const ROWS = [
    ['A', '1'],
    ['B\nb', '2'],
  ];

  it.each([
    ['deflated', {}, {}],
    ['stored', { method: 0 }, {}],
    ['with the sizes of ZIP64', { wide: true }, { wide: true }],
  ] as const)('are read when their file is %s', async (_how, file, archive) => {
    const litter: Packed[] = [
      { name: 'data/', content: '' },
      { name: '__MACOSX/._data.csv', content: 'x' },
      { name: '.DS_Store', content: 'x' },
    ];
    const found = await load(pack([{ name: 'data/orders.csv', content: CSV, ...file }, ...litter], archive));
    expect(found).toMatchObject({
      layout: { format: 'csv', entries: ['data/orders.csv'] },
      warnings: [],
      outcome: { rows: 2, quarantined: 0 },
      rows: ROWS,
    });
  });

  it('hold every format', async () => {
    const book = new ExcelJs.Workbook();
    book.addWorksheet('Sheet').addRows([
      ['name', 'n'],
      ['A', 1],
      ['B\nb', 2],
    ]);
    const json = [
      { name: 'A', n: 1 },
      { name: 'B\nb', n: 2 },
    ];
    const contents: Record<string, Buffer | string> = {
      'a.tsv': CSV.replaceAll(',', '\t'),
      'a.ndjson': json.map((each) => `${JSON.stringify(each)}\n`).join(''),
      'a.json': JSON.stringify(json),
      'a.xlsx': Buffer.from(await book.xlsx.writeBuffer()),
      'a.parquet': await parquet(),
    };
    for (const [name, content] of Object.entries(contents)) {
      const { rows, outcome } = await load(pack([{ name, content, method: name.length % 2 ? 0 : 8 }]));
      expect([name, outcome.rows, rows]).toEqual([name, 2, ROWS]);
    }
  });

  async function parquet(): Promise<Buffer> {
    const target = path.join(directory, 'source.parquet');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT * FROM (VALUES ('A', 1::BIGINT), ('B\nb', 2)) AS t(name, n)) TO '${target}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    return readFile(target);
  }

  it('give all their files of the same columns, each read as it is written', async () => {
    const others = { name: 'readme.md', content: 'Read me' };
    const { rows, warnings, outcome, place } = await load(
      pack([
        { name: '2.csv', content: 'name;n\nC;3\nD;x\n' },
        others,
        { name: '1.csv', content: `${CSV}E,5,6\n` },
        { name: '3.csv', content: Buffer.from('name,n\r\nÉ,4\r\n', 'latin1') },
      ]),
    );
    expect(rows).toEqual([...ROWS, ['C', '3'], ['É', '4']]);
    expect(warnings[0]).toBe(
      'The archive holds 3 files with the same columns; all are taken: 1.csv, 2.csv, 3.csv.',
    );
    expect(warnings).toContain('Left out of the archive: readme.md.');
    expect(outcome).toMatchObject({ rows: 4, quarantined: 2 });
    const aside = await datasets.quarantine(place, { offset: 0, limit: 9 });
    expect(aside.map(({ entry, line }) => [entry, line])).toEqual([
      ['1.csv', 5],
      ['2.csv', 3],
    ]);
  });

  it('let choose between files of other columns', async () => {
    const archive = pack([
      { name: 'orders.csv', content: CSV },
      { name: 'people.csv', content: 'email\na@example.test\n' },
    ]);
    const { entries, layout, warnings } = await load(archive);
    expect([entries, layout.entries]).toEqual([['orders.csv', 'people.csv'], ['orders.csv']]);
    expect(warnings[0]).toMatch(/^people.csv .* left out. Choose/);
    const chosen = await load(archive, undefined, 'people.csv');
    expect(chosen.rows).toEqual([['a@example.test']]);
    await expect(load(archive, undefined, 'x.csv')).rejects.toMatchObject({ code: 'malformed' });
  });

  const zeros = Buffer.alloc(34 * 2 ** 20, `${'0'.repeat(1_000)},0\n`);
  const bomb = Buffer.concat([Buffer.from('a,b\n'), zeros]);
  it.each<[string, () => Buffer, FileFormat | undefined, RegExp]>([
    ['is empty', () => pack([]), undefined, /no file that can be read/],
    [
      'is cut off',
      () => pack([{ name: 'a.csv', content: CSV }]).subarray(0, 60),
      undefined,
      /damaged or cut off/,
    ],
    ['has a password', () => pack([{ name: 'a.csv', content: CSV, encrypted: true }]), undefined, /password/],
    [
      'is packed in a way of its own',
      () => pack([{ name: 'a.csv', content: CSV, method: 99 }]),
      undefined,
      /Deflate/,
    ],
    [
      'leads out of itself',
      () => pack([{ name: '../../a.csv', content: CSV }]),
      undefined,
      /outside of itself/,
    ],
    ['holds another', () => pack([{ name: 'b.zip', content: pack([]) }]), undefined, /Unpack it/],
    [
      'holds one that is packed again',
      () => pack([{ name: 'b.csv.gz', content: gzipSync(CSV) }]),
      undefined,
      /Unpack it/,
    ],
    [
      'holds several kinds',
      () =>
        pack([
          { name: 'a.csv', content: CSV },
          { name: 'b.json', content: '[]' },
        ]),
      undefined,
      /several kinds/,
    ],
    [
      'holds a file twice',
      () =>
        pack([
          { name: 'a.csv', content: CSV },
          { name: 'A.csv', content: CSV },
        ]),
      undefined,
      /twice/,
    ],
    [
      'holds no such format',
      () =>
        pack([
          { name: 'a.csv', content: CSV },
          { name: 'b.csv', content: CSV },
        ]),
      'parquet',
      /no file that can be read/,
    ],
  ])('are refused by name when one %s', async (_what, make, format, why) => {
    await expect(openPieces(await file(make()), format)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(why),
    });
  });

  it.each<[string, () => Buffer, RegExp]>([
    ['unfolds to more than it can', () => pack([{ name: 'a.csv', content: bomb, stated: 10 }]), /200 times/],
    ['unfolds the same bytes again and again', () => overlapping(), /200 times/],
    ['is gzip that unfolds so', () => gzipSync(bomb), /200 times/],
    ['is damaged further down', () => damaged(), /damaged or cut off/],
    ['is gzip that is cut off further down', () => cutOff(), /damaged or cut off/],
  ])('load nothing when one %s', async (_what, make, why) => {
    const name = await file(make());
    const found = await datasets.inspect(name, 'csv');
    const place = { tenantId: 'ten_1', datasetId: 'dat_bad', part: 'p' };
    await expect(datasets.load({ file: name, ...found, ...place })).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(why),
    });
    expect(await readdir(path.join(directory, 'datasets', 'ten_1', 'dat_bad'))).toEqual([]);
  });

  /** None of them is a bomb by itself. */
  function overlapping(): Buffer {
    const content = bomb.subarray(0, 12 * 2 ** 20);
    return pack(
      Array.from({ length: 4 }, (_, index) => ({ name: `${index}.csv`, content, overlaps: index > 0 })),
    );
  }
  /** Rows that do not repeat, so that much of the file is read before it ends. */
  const many = `id,text\n${Array.from({ length: 60_000 }, (_, id) => `${id},${Math.imul(id, 2654435761)}`).join('\n')}\n`;
  function damaged(): Buffer {
    const archive = pack([{ name: 'a.csv', content: many, method: 0 }]);
    archive[archive.length - 5_000] = 0x39 + ((archive[archive.length - 5_000] ?? 0) % 2);
    return archive;
  }
  const cutOff = (): Buffer => {
    const whole = gzipSync(many);
    return whole.subarray(0, whole.length - 5_000);
  };
});
