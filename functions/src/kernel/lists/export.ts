import { type Collection, Reply } from '../define.ts';
import { Problem } from '../errors.ts';
import { META_FIELDS } from '../records/record.ts';
import type { Repository } from '../records/repository.ts';
import { type Column, columnsOf, lineRows } from '../tables/flatten.ts';
import { MEDIA_TYPES, TABLE_FORMATS, type TableFormat } from '../tables/types.ts';
import { writeTable } from '../tables/write-table.ts';
import { MAX_LIMIT, parseListQuery } from './list-query.ts';

type AnyRepository = Repository<Record<string, unknown>>;

/**
 * Streams a collection as a file, in whatever part and order `query` asks for; `format` is csv unless it says
 * otherwise. Fields the caller may not read are left out of each record. Where imports bring the lines of a record
 * together, CSV and XLSX have a row for each line.
 */
export async function exportRecords(
  collection: Collection,
  repo: AnyRepository,
  query: Readonly<Record<string, unknown>>,
): Promise<Reply> {
  const { format: wanted = 'csv', ...rest } = query;
  const format = TABLE_FORMATS.find((name) => name === wanted);
  if (!format) {
    const errors = [
      { path: 'format', message: `Use one of ${TABLE_FORMATS.join(', ')}.`, code: 'bad_value' },
    ];
    throw new Problem('malformed', 'This file format is not known.', { errors });
  }
  const { fields } = parseListQuery(collection, rest);
  const groupBy = format === 'csv' || format === 'xlsx' ? collection.options.import?.groupBy : undefined;
  const records = readAll(collection, repo, rest);
  // The first page is read before the answer begins, so that what is wrong with the query is still said.
  const first = await records.next();
  async function* all(): AsyncGenerator<Readonly<Record<string, unknown>>> {
    for (const record of first.done ? [] : first.value) yield* rowsOf(record);
    for await (const page of records) for (const record of page) yield* rowsOf(record);
  }
  const rowsOf = (record: Record<string, unknown>): Iterable<Readonly<Record<string, unknown>>> =>
    groupBy ? lineRows(pick(record, fields), groupBy) : [pick(record, fields)];
  const columns = exportColumns(collection).filter(
    ({ path }) => !fields || fields.includes(path.split('.')[0] ?? ''),
  );
  const name = `${collection.key}-${new Date().toISOString().slice(0, 10)}.${format}`;
  return new Reply(200, writeTable(all(), format, columns), headersOf(format, name));
}

/** The columns of an export: what identifies a record, its fields, and what the platform knows of it. */
export function exportColumns(collection: Collection): Column[] {
  const secret = collection.options.secret ?? [];
  const own = columnsOf(
    new Map([...collection.fieldTypes].filter(([name]) => !secret.includes(name))),
    collection.options.import?.groupBy?.lines,
  );
  const [id = 'id', ...meta] = META_FIELDS;
  const column = (path: string): Column => ({ path, type: { kind: 'string', optional: true } });
  return [column(id), ...own, ...meta.map(column)];
}

async function* readAll(
  collection: Collection,
  repo: AnyRepository,
  query: Readonly<Record<string, unknown>>,
): AsyncGenerator<Record<string, unknown>[]> {
  let cursor = query.cursor;
  do {
    const page = await repo.list(
      parseListQuery(collection, { ...query, limit: String(MAX_LIMIT), ...(cursor ? { cursor } : {}) }),
    );
    yield page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
}

const pick = (
  record: Record<string, unknown>,
  fields: readonly string[] | undefined,
): Record<string, unknown> =>
  fields ? Object.fromEntries(Object.entries(record).filter(([name]) => fields.includes(name))) : record;

const headersOf = (format: TableFormat, name: string): Record<string, string> => ({
  'content-type': MEDIA_TYPES[format],
  'content-disposition': `attachment; filename="${name}"`,
});
