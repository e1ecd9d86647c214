import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import ExcelJs from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatasetWorld, type DatasetWorld } from './datasets.fixture.ts';

const COLUMNS = [
  { source: 'no', name: 'no', type: 'string' },
  { source: 'total', name: 'total', type: 'number' },
  { source: 'big', name: 'big', type: 'integer' },
  { source: 'at', name: 'at', type: 'timestamp' },
  { source: 'email', name: 'email', type: 'string', pii: true },
] as const;
const FILE = [
  'no,total,big,at,email',
  '=1+1,-1.5,9007199254740993,2026-01-01T10:00:00.250Z,a@example.test',
  '+49 30,7,,2026-01-02,',
  '"@x, ""y""",,5,,c@example.test',
  '',
].join('\n');

describe('rows of a dataset as a file', () => {
  let world: DatasetWorld;
  let id: string;
  beforeAll(async () => {
    world = await createDatasetWorld();
    id = await world.dataset(COLUMNS);
    await world.load(id, FILE);
    await world.load(id, 'no,total,big,at,email\n-A4,4,4,,\n');
  });
  afterAll(() => world.close());
  const take = (format: string, token?: string) =>
    world.call('GET', `/api/datasets/datasets/export-rows?id=${id}&format=${format}`, undefined, token);

  it('writes CSV that no spreadsheet runs', async () => {
    const { text: file, headers } = await take('csv');
    expect(file.split('\r\n')).toEqual([
      'no,total,big,at,email',
      "'=1+1,-1.5,9007199254740993,2026-01-01T10:00:00.25Z,a@example.test",
      "'+49 30,7,,2026-01-02T00:00:00Z,",
      `"'@x, ""y""",,5,,c@example.test`,
      "'-A4,4,4,,",
      '',
    ]);
    expect(headers['content-disposition']).toBe('attachment; filename="orders.csv"');
  });

  it('writes JSON lines as the rows are', async () => {
    const { text: file } = await take('ndjson');
    expect(
      file
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))[0],
    ).toEqual({
      no: '=1+1',
      total: -1.5,
      big: '9007199254740993',
      at: '2026-01-01T10:00:00.25Z',
      email: 'a@example.test',
    });
  });

  /** The bytes of a file, which the harness would make text of. */
  const bytesOf = async (format: 'ndjson' | 'parquet'): Promise<Buffer> => {
    const { ports } = world.platform.app;
    const { parts } = (await world.call('GET', `/api/datasets/datasets/${id}`)).body;
    return buffer(
      await ports.datasets.export({
        tenantId: world.owner.tenantId,
        datasetId: id,
        parts: parts.map(({ name }: { name: string }) => name),
        columns: COLUMNS,
        format,
      }),
    );
  };

  it('writes Parquet that can be loaded again', async () => {
    const file = await bytesOf('parquet');
    const upload = await world.upload(file, 'format=parquet');
    const copy = await world.dataset(COLUMNS);
    expect((await world.loadUpload(copy, upload)).state).toBe('done');
    const rows = async (of: string) =>
      (await world.call('GET', `/api/datasets/datasets/rows?id=${of}`)).body.rows;
    expect(await rows(copy)).toEqual(await rows(id));
  });

  it('writes workbooks whose numbers are numbers', async () => {
    const { body } = await world.raw('GET', `/api/datasets/datasets/export-rows?id=${id}&format=xlsx`);
    const book = new ExcelJs.Workbook();
    await book.xlsx.load((await buffer(body)) as never);
    const rows = book.worksheets[0]?.getSheetValues().slice(1) as unknown[][];
    expect(rows[1]?.slice(1)).toEqual([
      "'=1+1",
      -1.5,
      '9007199254740993',
      '2026-01-01T10:00:00.25Z',
      'a@example.test',
    ]);
  });

  it('is empty before anything was loaded', async () => {
    const empty = await world.dataset(COLUMNS);
    const url = `/api/datasets/datasets/export-rows?id=${empty}`;
    expect((await world.call('GET', url)).text).toBe('no,total,big,at,email\r\n');
    expect((await world.call('GET', `${url}&format=ndjson`)).text).toBe('');
    expect((await world.call('GET', `${url}&format=parquet`)).status).toBe(409);
  });

  it('leaves out what the caller may not see', async () => {
    const viewer = await world.viewer();
    for (const format of ['csv', 'ndjson']) {
      const { status, text: file } = await take(format, viewer);
      expect([status, file.includes('example.test'), file.includes('email')]).toEqual([200, false, false]);
    }
    const stranger = await world.platform.register('Stranger');
    const url = `/api/datasets/datasets/export-rows?id=${id}`;
    expect((await world.platform.request('GET', url, { token: stranger.token })).status).toBe(404);
  });

  it('goes no faster than it is read, and ends with its reader', async () => {
    const many = await world.dataset(COLUMNS);
    const row = `A,1,1,2026-01-01,${'x'.repeat(200)}\n`;
    await world.load(many, `no,total,big,at,email\n${row.repeat(20_000)}`);
    const { body } = await world.raw('GET', `/api/datasets/datasets/export-rows?id=${many}&format=ndjson`);
    const first = body.read() ?? (await once(body, 'readable').then(() => body.read()));
    expect(String(first)).toContain('"no":"A"');
    body.destroy();
    await once(body, 'close');
    const whole = await world.raw('GET', `/api/datasets/datasets/export-rows?id=${many}&format=csv`);
    expect((await text(whole.body)).split('\r\n')).toHaveLength(20_002);
  });

  it('fails where a part is gone, instead of ending early', async () => {
    const request = {
      tenantId: world.owner.tenantId,
      datasetId: id,
      parts: ['lod_GONE'],
      columns: COLUMNS,
      format: 'ndjson',
    } as const;
    const file = await world.platform.app.ports.datasets.export(request);
    expect(file).toBeInstanceOf(Readable);
    await expect(text(file)).rejects.toThrow();
  });
});
