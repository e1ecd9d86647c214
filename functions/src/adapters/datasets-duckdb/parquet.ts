import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatasetColumn, Inspection } from '../../kernel/ports/datasets.ts';
import type { ColumnType } from '../../kernel/ports/warehouse.ts';
import { quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { columnNames } from './names.ts';
import { personalKinds, personalMark } from './personal.ts';
import { tooWide } from './sample.ts';
import { DATASET_LIMITS } from './source.ts';

const TYPES: readonly (readonly [RegExp, ColumnType])[] = [
  [/^(?:VARCHAR|ENUM|UUID)/, 'string'],
  [/^U?(?:TINYINT|SMALLINT|INTEGER|BIGINT)$/, 'integer'],
  [/^(?:DECIMAL|FLOAT|DOUBLE|U?HUGEINT)/, 'number'],
  [/^BOOLEAN$/, 'boolean'],
  [/^TIMESTAMP/, 'timestamp'],
  [/^DATE$/, 'date'],
];
const SAMPLES = 5;

/** What two files must have in common to be read as one table. */
export async function parquetShape(connection: DuckDBConnection, file: string): Promise<string> {
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${quoteText(file)})`);
  return JSON.stringify(described.getRowsJson().map(([name, type]) => [name, type]));
}

/** Columns as the file declares them; what has no type of ours becomes JSON. */
export async function inspectParquet(connection: DuckDBConnection, file: string): Promise<Inspection> {
  const source = `read_parquet(${quoteText(file)})`;
  const described = (await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`)).getRowsJson();
  const sources = described.map(([name]) => String(name));
  if (sources.length > DATASET_LIMITS.maxColumns) throw tooWide(sources.length);
  const names = columnNames(sources);
  const sample = (await connection.runAndReadAll(`SELECT * FROM ${source} LIMIT 1000`)).getRowsJson();
  const texts = described.map((_, index) =>
    sample
      .map((row) => row[index])
      .filter((value) => value !== null && value !== undefined)
      .map(textOf),
  );
  const personal = personalKinds(sources.map((name, index) => ({ source: name, texts: texts[index] ?? [] })));
  return {
    layout: { format: 'parquet' },
    rows: sample.length,
    warnings: [],
    columns: described.map(([, declared], index) => {
      const filled = texts[index] ?? [];
      return {
        source: sources[index] ?? '',
        name: names[index] ?? '',
        type: TYPES.find(([pattern]) => pattern.test(String(declared)))?.[1] ?? 'json',
        samples: [...new Set(filled)].slice(0, SAMPLES),
        empty: sample.length - filled.length,
        ...personalMark(personal[index]),
      };
    }),
  };
}

const textOf = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 120);

/** A column as its type here; a value that does not fit is an error of the whole file, which its writer typed. */
export function parquetColumn({ source, name, type }: DatasetColumn): string {
  const column = quoteName(source);
  const value = {
    string: `${column}::VARCHAR`,
    integer: `${column}::BIGINT`,
    number: `${column}::DOUBLE`,
    boolean: `${column}::BOOLEAN`,
    date: `${column}::DATE`,
    timestamp: `${column}::TIMESTAMP`,
    json: `to_json(${column})::VARCHAR`,
  }[type];
  return `${value} AS ${quoteName(name)}`;
}
