import type { ColumnFormat, DatasetColumn } from '../../kernel/ports/datasets.ts';
import { quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { datePattern, TIME_PATTERNS } from './patterns.ts';

const ISO: ColumnFormat = { kind: 'timestamp', pattern: 'YYYY-MM-DD' };
const INTEGER = '[+-]?[0-9]+';
const NUMBER = '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?';

/**
 * The value of the text column `raw`, NULL where its text does not fit. DuckDB's own casts are too generous to be
 * trusted alone: they round `1.5` to 2, cut the time off a date and the offset off a timestamp.
 */
export function conversion({ type, format }: DatasetColumn, raw: string): string {
  const column = quoteName(raw);
  const text = `trim(${column})`;
  if (format) return converted(format, text);
  switch (type) {
    case 'string':
      return column;
    case 'json':
      return `CASE WHEN json_valid(${column}) THEN ${column} END`;
    case 'boolean':
      return converted({ kind: 'boolean', yes: 'true', no: 'false' }, text);
    case 'integer':
      return canonical(column, 'BIGINT', matching(text, INTEGER, 'BIGINT'));
    case 'number':
      // `nan` and `inf` are written as DuckDB writes them, too.
      return finite(canonical(column, 'DOUBLE', matching(text, NUMBER, 'DOUBLE')));
    case 'date':
      return canonical(column, 'DATE', `try_strptime(${text}, '%Y-%m-%d')::DATE`);
    case 'timestamp':
      return canonical(column, 'TIMESTAMP', converted(ISO, text));
  }
}

/** A text that is written as DuckDB itself writes the value needs no second look: that is most of them. */
const canonical = (column: string, type: string, otherwise: string): string =>
  `CASE WHEN try_cast(${column} AS ${type})::VARCHAR = ${column} THEN try_cast(${column} AS ${type}) ELSE ${otherwise} END`;

const finite = (value: string): string => `CASE WHEN isfinite(${value}) THEN ${value} END`;

const matching = (text: string, pattern: string, type: string): string =>
  `CASE WHEN regexp_full_match(${text}, ${quoteText(pattern)}) THEN try_cast(${text} AS ${type}) END`;

function converted(format: ColumnFormat, text: string): string {
  switch (format.kind) {
    case 'number':
      return numberFrom(text, format.decimal);
    case 'boolean':
      return `CASE lower(${text}) WHEN ${quoteText(format.yes)} THEN true WHEN ${quoteText(format.no)} THEN false END`;
    case 'date':
      return `try_strptime(${text}, ${quoteText(datePattern(format.pattern).strptime)})::DATE`;
    case 'timestamp':
      return momentFrom(text, format.pattern, format.timezone ?? 'UTC');
  }
}

function numberFrom(text: string, decimal: '.' | ','): string {
  const signed = `regexp_replace(${text}, '^\\((.*)\\)$', '-\\1')`;
  const bare = `regexp_replace(${signed}, '[€$£¥%\\s''\\x{00a0}\\x{202f}]', '', 'g')`;
  const figure =
    decimal === ',' ? `replace(replace(${bare}, '.', ''), ',', '.')` : `replace(${bare}, ',', '')`;
  const value = matching(figure, NUMBER, 'DOUBLE');
  return `CASE WHEN ends_with(${text}, '%') THEN ${value} / 100 ELSE ${value} END`;
}

/** ISO 8601 may name an offset, which makes it one instant; any other text is a time in `timezone`. The result is UTC. */
function momentFrom(text: string, pattern: string, timezone: string): string {
  const { strptime } = datePattern(pattern);
  const formats = TIME_PATTERNS.map((time) => quoteText(`${strptime} ${time.strptime}`));
  const plain = pattern === 'YYYY-MM-DD' ? `replace(${text}, 'T', ' ')` : text;
  const local = `try_strptime(${plain}, [${formats.join(', ')}, ${quoteText(strptime)}])`;
  const inUtc = timezone === 'UTC' ? local : `timezone('UTC', timezone(${quoteText(timezone)}, ${local}))`;
  if (pattern !== 'YYYY-MM-DD') return inUtc;
  const offset = `regexp_matches(${text}, ':[0-9.]+ ?([zZ]|[+-][0-9]{2}(:?[0-9]{2})?)$')`;
  return `CASE WHEN ${offset} THEN timezone('UTC', try_cast(${text} AS TIMESTAMPTZ)) ELSE ${inUtc} END`;
}
