import { Readable } from 'node:stream';
import { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { defineEndpoint, Reply } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/records/record.ts';
import { MEDIA_TYPES } from '../../kernel/tables/types.ts';
import { writeGrid } from '../../kernel/tables/write-table.ts';
import { MAX_SHEET_ROWS } from '../../kernel/tables/write-xlsx.ts';
import { type Dataset, datasets } from './datasets.collection.ts';
import { visible } from './read.ts';

const FORMATS = ['csv', 'ndjson', 'xlsx', 'parquet'] as const;
type Format = (typeof FORMATS)[number];

const TYPES: Readonly<Record<Format, string>> = { ...MEDIA_TYPES, parquet: 'application/vnd.apache.parquet' };

export const exportRows = defineEndpoint({
  name: 'datasets.datasets.export-rows',
  method: 'GET',
  summary: 'Take all rows of a dataset along as a file, with the columns one may see',
  access: 'viewer',
  input: z.strictObject({ id: z.string(), format: z.enum(FORMATS).default('csv') }),
  output: z.unknown(),
  example: { id: 'dat_01JD0000000000000000000000' },
  handle: async (ctx, { id, format }) => {
    const dataset = await ctx.repo(datasets).require(id);
    const columns = visible(ctx, dataset);
    if (columns.length === 0) throw new Problem('forbidden', 'You may see none of its columns.');
    if (dataset.parts.length === 0 && format === 'parquet')
      throw new Problem('conflict', 'Nothing was loaded yet.');
    if (format === 'xlsx' && dataset.rows >= MAX_SHEET_ROWS)
      throw new Problem('too_large', `A sheet holds ${MAX_SHEET_ROWS - 1} rows. Take CSV or Parquet.`);
    return new Reply(200, await fileOf(ctx, dataset, columns, format), {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="${fileName(dataset)}.${format}"`,
    });
  },
});

async function fileOf(
  ctx: TenantContext,
  { id, parts, key }: Dataset,
  columns: Dataset['columns'],
  format: Format,
): Promise<Readable> {
  if (parts.length === 0) return written(Readable.from([]), columns, format);
  const file = await ctx.ports.datasets.export(
    {
      tenantId: ctx.tenantId,
      datasetId: id,
      parts: parts.map(({ name }) => name),
      columns,
      format: format === 'parquet' ? 'parquet' : 'ndjson',
      ...(key ? { key } : {}),
    },
    { signal: ctx.signal() },
  );
  return written(file, columns, format);
}

/** Lines in the format that is wanted; Parquet comes as such. */
const written = (file: Readable, columns: Dataset['columns'], format: Format): Readable =>
  format === 'csv' || format === 'xlsx' ? writeGrid(gridOf(file, columns), format) : file;

/** Lines as rows of cells. */
async function* gridOf(lines: Readable, columns: Dataset['columns']): AsyncGenerator<unknown[]> {
  yield columns.map(({ name }) => name);
  let rest = '';
  for await (const chunk of lines.setEncoding('utf8')) {
    const whole = (rest + chunk).split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) {
      const record = JSON.parse(line) as JsonObject;
      yield columns.map(({ name }) => record[name]);
    }
  }
}

/** What every file system and header takes. */
const fileName = ({ name, id }: Dataset): string =>
  name
    .normalize('NFKD')
    .replaceAll(/[^\w-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 80)
    .toLowerCase() || id;
