/** CSV through DuckDB's reader: every column as text, then turned into its type row by row. */

import {
  BigQueryError,
  type ErrorProto,
  quoteName,
  quoteText,
  type SchemaField,
  typeOfField,
} from '@mewayz/googlesql';
import { flag, type Json, optionalInt, optionalString } from '../rest/input.ts';
import type { Connection, Loaded } from './load.ts';

export interface CsvFormat {
  readonly delimiter: string;
  readonly quote: string;
  readonly skip: number;
  readonly nullMarker: string;
  readonly encoding: string;
  readonly jagged: boolean;
  readonly maxBad: number;
  readonly ignoreUnknown: boolean;
}

const ENCODINGS: Readonly<Record<string, string>> = {
  'UTF-8': 'utf-8',
  'ISO-8859-1': 'latin-1',
  'UTF-16LE': 'utf-16',
};

export function readCsvFormat(config: Json): CsvFormat {
  const encoding = optionalString(config.encoding, 'encoding') ?? 'UTF-8';
  if (!ENCODINGS[encoding]) throw new BigQueryError('invalid', `Encoding ${encoding} is not supported`);
  const delimiter = optionalString(config.fieldDelimiter, 'fieldDelimiter') ?? ',';
  return {
    delimiter: delimiter === 'tab' || delimiter === '\\t' ? '\t' : delimiter,
    quote: optionalString(config.quote, 'quote') ?? '"',
    skip: optionalInt(config.skipLeadingRows, 'skipLeadingRows') ?? 0,
    nullMarker: optionalString(config.nullMarker, 'nullMarker') ?? '',
    encoding: ENCODINGS[encoding] ?? 'utf-8',
    jagged: flag(config.allowJaggedRows, 'allowJaggedRows'),
    maxBad: optionalInt(config.maxBadRecords, 'maxBadRecords') ?? 0,
    ignoreUnknown: flag(config.ignoreUnknownValues, 'ignoreUnknownValues'),
  };
}

/** The table function that reads so many columns of text. */
export function csvSource(path: string, format: CsvFormat, columns: number, skip = format.skip): string {
  const types = Array.from({ length: columns }, (_, index) => `'x${index}': 'VARCHAR'`).join(', ');
  const options = [
    'auto_detect = false',
    'header = false',
    `columns = {${types}}`,
    `delim = ${quoteText(format.delimiter)}`,
    `quote = ${quoteText(format.quote)}`,
    `escape = ${quoteText(format.quote)}`,
    `skip = ${skip}`,
    `encoding = ${quoteText(format.encoding)}`,
    // A value that is empty in quotes is text; without quotes it is NULL, and text again for a STRING.
    `nullstr = ${quoteText(format.nullMarker)}`,
    'strict_mode = true',
    'parallel = true',
    ...(format.jagged ? ['null_padding = true'] : []),
    'ignore_errors = true',
    'store_rejects = true',
    'max_line_size = 10485760',
  ];
  return `read_csv(${quoteText(path)}, ${options.join(', ')})`;
}

const MOMENT = String.raw`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?`;

/** DuckDB's own cast where the text has the usual form, and the engine's reading otherwise. */
function fast(form: string, type: string, otherwise: string): string {
  return `CASE WHEN regexp_full_match($, '${form}') THEN TRY_CAST($ AS ${type}) ELSE ${otherwise} END`;
}

/** `$` is the text. NULL where it is no value of the type. */
const PARSERS: Readonly<Record<string, string>> = {
  STRING: '$',
  INTEGER: "TRY_CAST(CASE WHEN regexp_full_match($, '\\s*[+-]?\\d+\\s*') THEN $ END AS BIGINT)",
  FLOAT: 'TRY_CAST($ AS DOUBLE)',
  NUMERIC: 'bq_try_parse_numeric($)',
  BOOLEAN:
    "CASE WHEN lower($) IN ('true', 't', 'yes', 'y', '1') THEN TRUE WHEN lower($) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END",
  BYTES: "TRY(bq_decode('base64', $))",
  DATE: fast(String.raw`\d{4}-\d\d-\d\d`, 'DATE', 'bq_try_parse_date($)'),
  DATETIME: fast(MOMENT, 'TIMESTAMP', 'bq_try_parse_datetime($)'),
  TIME: 'bq_try_parse_time($)',
  TIMESTAMP: fast(MOMENT, 'TIMESTAMP', "bq_try_parse_timestamp(regexp_replace($, ' UTC$', 'Z'), 'UTC')"),
  JSON: 'bq_try_parse_json($, true)',
};

export async function loadCsv(
  connection: Connection,
  path: string,
  format: CsvFormat,
  fields: readonly SchemaField[],
  into: string,
  jobErrors: (errors: ErrorProto[]) => void,
): Promise<Loaded> {
  const parsed = fields.map((field, index) => {
    const parser = PARSERS[field.type];
    if (!parser || field.mode === 'REPEATED')
      throw new BigQueryError(
        'invalid',
        `Field ${field.name} of type ${field.mode === 'REPEATED' ? 'ARRAY' : typeOfField(field).kind} cannot be loaded from CSV`,
      );
    const text =
      field.type === 'STRING' && format.nullMarker === '' ? `coalesce(x${index}, '')` : `x${index}`;
    return `${parser.replaceAll('$', () => text)} AS y${index}`;
  });
  const bad = fields
    .map(
      (field, index) =>
        `(${field.mode === 'REQUIRED' ? `y${index} IS NULL` : `x${index} IS NOT NULL AND y${index} IS NULL`})`,
    )
    .join(' OR ');
  // Of the texts only those of broken rows are kept.
  const texts = fields.map((_, index) => `CASE WHEN wrong THEN r.x${index} END AS x${index}`).join(', ');
  const typed = fields.map((_, index) => `y${index}`).join(', ');
  const source = csvSource(path, format, fields.length);
  await connection.run(
    `CREATE TEMP TABLE staged AS SELECT ${texts}, ${typed}, wrong FROM
      (SELECT *, coalesce(${bad}, FALSE) AS wrong FROM (SELECT *, ${parsed.join(', ')} FROM ${source})) AS r`,
  );
  try {
    const count = async (sql: string) => Number((await connection.runAndReadAll(sql)).getRows()[0]?.[0] ?? 0);
    const rejected = await count('SELECT count(DISTINCT line) FROM reject_errors');
    const entangled = await count(
      "SELECT min(line) FROM reject_errors WHERE error_type IN ('UNQUOTED VALUE', 'LINE SIZE OVER MAXIMUM')",
    );
    const wrong = await count('SELECT count(*) FROM staged WHERE wrong');
    const errors = [
      ...(await rejections(connection)),
      ...(wrong > 0 ? await conversions(connection, fields) : []),
    ];
    jobErrors(errors);
    // Such an error takes rows after it along, which nothing counts: no number of bad records allows that.
    if (entangled > 0)
      throw new BigQueryError(
        'invalid',
        `Error while reading data, error message: the quotes of line ${entangled} do not end, or it is too long; the rows after it cannot be told apart`,
      );
    if (rejected + wrong > format.maxBad)
      throw new BigQueryError(
        'invalid',
        `Error while reading data, error message: CSV processing encountered too many errors, giving up. Rows: ${await count('SELECT count(*) FROM staged')}; errors: ${rejected + wrong}; max bad: ${format.maxBad}; error percent: 0`,
      );
    const names = fields.map(({ name }) => quoteName(name)).join(', ');
    const result = await connection.run(
      `INSERT INTO ${into} (${names}) SELECT ${typed} FROM staged WHERE NOT wrong`,
    );
    return { rows: result.rowsChanged, bad: rejected + wrong };
  } finally {
    for (const table of ['staged', 'reject_errors', 'reject_scans'])
      await connection.run(`DROP TABLE IF EXISTS ${table}`).catch(() => undefined);
  }
}

async function rejections(connection: Connection): Promise<ErrorProto[]> {
  const result = await connection.runAndReadAll(
    'SELECT line, any_value(error_message) FROM reject_errors GROUP BY line ORDER BY line LIMIT 5',
  );
  return result.getRows().map(([line, message]) => ({
    reason: 'invalid',
    message: `Error while reading data, error message: ${String(message).split('\n')[0]} line: ${line}`,
  }));
}

async function conversions(connection: Connection, fields: readonly SchemaField[]): Promise<ErrorProto[]> {
  const result = await connection.runAndReadAll('SELECT * FROM staged WHERE wrong LIMIT 5');
  return result.getRows().map((row): ErrorProto => {
    const index = fields.findIndex(
      (field, at) => row[fields.length + at] === null && (row[at] !== null || field.mode === 'REQUIRED'),
    );
    const field = fields[index];
    return {
      reason: 'invalid',
      message: `Error while reading data, error message: Could not parse '${String(row[index])}' as ${field?.type} for field ${field?.name} (position ${index})`,
    };
  });
}
