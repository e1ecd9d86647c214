/** Load jobs: a file that was uploaded, or one of the local Cloud Storage, into a table. */

import { open, stat } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import {
  BigQueryError,
  type ErrorProto,
  quoteName,
  quoteText,
  type SchemaField,
  sameName,
  storedType,
  typeOfField,
} from '@mewayz/googlesql';
import { destination, readTable } from '../jobs/destination.ts';
import type { Job } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { PreparedJob } from '../jobs/prepared.ts';
import { flag, type Json, list, optionalInt, optionalObject, optionalString } from '../rest/input.ts';
import { partitionStart } from '../rows/append.ts';
import { isIngestionTime, physicalName, type Table } from '../store/resources.ts';
import { checkFields } from '../store/table-definition.ts';
import { type CsvFormat, loadCsv, readCsvFormat } from './csv.ts';
import { columnNames, inferFields, inferType, isHeader } from './infer.ts';
import { linesOf, loadNdjson, parseLine } from './ndjson.ts';
import { parse as parseCsvText } from './sample.ts';

export type Connection = DuckDBConnection;

export interface Loaded {
  readonly rows: number;
  readonly bad: number;
}

const SAMPLE_ROWS = 500;
const FORMATS = ['CSV', 'NEWLINE_DELIMITED_JSON', 'PARQUET'];

/** @param files paths of what was uploaded @throws BigQueryError for what is not supported, by name */
export function prepareLoad(jobs: Jobs, config: Json, files: readonly string[]): PreparedJob {
  const reference = readTable(config.destinationTable);
  const format = optionalString(config.sourceFormat, 'sourceFormat') ?? 'CSV';
  if (!FORMATS.includes(format))
    throw new BigQueryError('invalid', `Source format ${format} is not supported`);
  jobs.catalog.dataset(reference);
  const csv = readCsvFormat(config);
  return {
    statistics: { load: {} },
    execute: async (job) => {
      const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
      let loaded: Loaded = { rows: 0, bad: 0 };
      await jobs.write(job, async (connection, change) => {
        const given = fieldsOf(config);
        const before = jobs.catalog.findTable(reference);
        const header = { skip: csv.skip };
        const found =
          given ??
          (before && !flag(config.autodetect, 'autodetect')
            ? before.fields
            : await detect(connection, files[0] ?? '', format, csv, config, header));
        const fields = checkFields(found);
        const table = await destination(jobs, connection, change, reference, fields, config, 'WRITE_APPEND');
        for (const file of files) {
          const part = await loadFile(jobs, connection, job, {
            file,
            format,
            table,
            fields,
            csv: { ...csv, ...header },
          });
          loaded = { rows: loaded.rows + part.rows, bad: loaded.bad + part.bad };
        }
        const load = {
          inputFiles: String(files.length),
          inputFileBytes: String(sizes.reduce((a, b) => a + b, 0)),
          outputRows: String(loaded.rows),
          badRecords: String(loaded.bad),
        };
        job.statistics = { ...job.statistics, load };
        return {};
      });
    },
  };
}

function fieldsOf(config: Json): readonly SchemaField[] | undefined {
  const schema = optionalObject(config.schema, 'schema');
  return schema && (list(schema.fields, 'schema.fields') as readonly SchemaField[]);
}

interface Source {
  readonly file: string;
  readonly format: string;
  readonly table: Table;
  readonly fields: readonly SchemaField[];
  readonly csv: CsvFormat;
}

async function loadFile(
  jobs: Jobs,
  connection: Connection,
  job: Job,
  { file, format, table, fields, csv }: Source,
): Promise<Loaded> {
  const report = (errors: readonly ErrorProto[]) => {
    job.errors = [...job.errors, ...errors];
  };
  const { api } = jobs.database;
  if (format === 'NEWLINE_DELIMITED_JSON') return loadNdjson(api, connection, file, table, csv, report);
  const name = physicalName(table);
  const loaded =
    format === 'CSV'
      ? await loadCsv(connection, file, csv, fields, name, report)
      : await loadParquet(connection, file, table);
  if (isIngestionTime(table))
    await connection.run(
      `UPDATE ${name} SET "_PARTITIONTIME" = make_timestamp(${partitionStart(table, Date.now())}) WHERE "_PARTITIONTIME" IS NULL`,
    );
  return loaded;
}

/** DuckDB's types of a Parquet file, as BigQuery's. */
async function parquetFields(connection: Connection, file: string): Promise<SchemaField[]> {
  const result = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${quoteText(file)})`);
  return result.getRows().map(([name, type]) => fieldOfStored(String(name), String(type)));
}

const STORED: readonly (readonly [RegExp, string])[] = [
  [/^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT))$/, 'INTEGER'],
  [/^(?:FLOAT|DOUBLE)$/, 'FLOAT'],
  [/^DECIMAL/, 'NUMERIC'],
  [/^BOOLEAN$/, 'BOOLEAN'],
  [/^BLOB$/, 'BYTES'],
  [/^DATE$/, 'DATE'],
  [/^TIME$/, 'TIME'],
  [/^TIMESTAMP WITH TIME ZONE$/, 'TIMESTAMP'],
  [/^TIMESTAMP/, 'TIMESTAMP'],
  [/^(?:VARCHAR|UUID|ENUM.*)$/, 'STRING'],
  [/^JSON$/, 'JSON'],
];

function fieldOfStored(name: string, stored: string): SchemaField {
  const repeated = stored.endsWith('[]');
  const type = STORED.find(([pattern]) => pattern.test(repeated ? stored.slice(0, -2) : stored))?.[1];
  if (!type) throw new BigQueryError('invalid', `Parquet column ${name} of type ${stored} needs a schema`);
  return { name, type, mode: repeated ? 'REPEATED' : 'NULLABLE' };
}

async function loadParquet(connection: Connection, file: string, table: Table): Promise<Loaded> {
  const source = `read_parquet(${quoteText(file)})`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
  const present = described.getRows().map(([name]) => String(name));
  const unknown = present.find((name) => !table.fields.some((field) => sameName(field.name, name)));
  if (unknown)
    throw new BigQueryError(
      'invalid',
      `Provided Schema does not match Table. Field ${unknown} of the file is not in the table`,
    );
  const columns = table.fields.filter((field) => present.some((name) => sameName(name, field.name)));
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const values = columns.map((field) => {
    const value = `CAST(${quoteName(field.name)} AS ${storedType(typeOfField(field))})`;
    return field.mode === 'REPEATED' ? `coalesce(${value}, [])` : value;
  });
  const result = await connection.run(
    `INSERT INTO ${physicalName(table)} (${names}) SELECT ${values.join(', ')} FROM ${source}`,
  );
  return { rows: result.rowsChanged, bad: 0 };
}

/** The schema that the file itself tells. For CSV, also whether its first line holds names. */
async function detect(
  connection: Connection,
  file: string,
  format: string,
  csv: CsvFormat,
  config: Json,
  header: { skip: number },
): Promise<SchemaField[]> {
  if (format === 'PARQUET') return parquetFields(connection, file);
  if (!flag(config.autodetect, 'autodetect'))
    throw new BigQueryError('invalid', 'No schema specified on job or table.');
  if (format === 'CSV') return detectCsv(file, csv, config, header);
  const records: unknown[] = [];
  for await (const [line] of linesOf(file)) {
    records.push(parseLine(line));
    if (records.length >= SAMPLE_ROWS) break;
  }
  return inferFields(records);
}

async function detectCsv(
  file: string,
  csv: CsvFormat,
  config: Json,
  header: { skip: number },
): Promise<SchemaField[]> {
  const rows = parseCsvText(await head(file), csv.delimiter, csv.quote).slice(
    Math.max(csv.skip - 1, 0),
    SAMPLE_ROWS,
  );
  const [first = [], ...rest] = rows;
  const declared = optionalInt(config.skipLeadingRows, 'skipLeadingRows');
  const named = declared === undefined ? isHeader(first, rest) : declared > 0;
  if (named && declared === undefined) header.skip = 1;
  const body = named ? rest : rows;
  const types = first.map((_, index) =>
    inferType(body.map((row) => row[index] ?? '').filter((text) => text !== csv.nullMarker)),
  );
  const names = named
    ? columnNames(first)
    : types.map((type, index) => `${type.toLowerCase()}_field_${index}`);
  return names.map((name, index) => ({ name, type: types[index] ?? 'STRING', mode: 'NULLABLE' }));
}

/** The first megabyte, without a last line that it cuts. */
async function head(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1 << 20), 0, 1 << 20, 0);
    const text = buffer.subarray(0, bytesRead).toString('utf8');
    return bytesRead === 1 << 20 ? text.slice(0, text.lastIndexOf('\n')) : text;
  } finally {
    await handle.close();
  }
}
