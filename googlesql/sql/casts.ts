/** CAST and SAFE_CAST, and the text of every type (https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules). */

import { SqlError } from '../errors.ts';
import { bind, coerce, describe, fieldSql, nullOf, structOf, type Typed, typed } from './typed.ts';
import {
  arrayOf,
  identicalType,
  quoteText,
  type SqlType,
  STRING,
  sameType,
  storedType,
  typeName,
} from './types.ts';

/** `$1` is the value. Each entry is one conversion that CAST allows; the engine's own functions fail on bad input. */
const CASTS: Readonly<Record<string, string>> = {
  'INT64 STRING': 'CAST($1 AS VARCHAR)',
  'INT64 BOOL': '($1 != 0)',
  'INT64 FLOAT64': 'CAST($1 AS DOUBLE)',
  'INT64 NUMERIC': 'CAST($1 AS DECIMAL(38,9))',
  'FLOAT64 STRING': 'bq_float_text($1)',
  'FLOAT64 INT64': 'CAST(round($1) AS BIGINT)',
  'FLOAT64 NUMERIC': 'bq_float_numeric($1)',
  'NUMERIC STRING': "rtrim(rtrim(CAST($1 AS VARCHAR), '0'), '.')",
  'NUMERIC INT64': 'CAST(round($1) AS BIGINT)',
  'NUMERIC FLOAT64': 'CAST($1 AS DOUBLE)',
  'BOOL STRING': 'CAST($1 AS VARCHAR)',
  'BOOL INT64': 'CAST($1 AS BIGINT)',
  'STRING INT64': 'bq_parse_int($1)',
  'STRING FLOAT64': 'bq_parse_float($1)',
  'STRING NUMERIC': 'bq_parse_numeric($1)',
  'STRING BOOL': 'bq_parse_bool($1)',
  'STRING BYTES': 'encode($1)',
  'STRING DATE': 'bq_parse_date($1)',
  'STRING DATETIME': 'bq_parse_datetime($1)',
  'STRING TIME': 'bq_parse_time($1)',
  'STRING TIMESTAMP': "bq_parse_timestamp($1, 'UTC')",
  'BYTES STRING': 'decode($1)',
  'DATE STRING': "bq_moment_text('DATE', CAST($1 AS TIMESTAMP))",
  'DATE DATETIME': 'CAST($1 AS TIMESTAMP)',
  'DATE TIMESTAMP': 'CAST($1 AS TIMESTAMP)',
  'DATETIME STRING': "bq_moment_text('DATETIME', $1)",
  'DATETIME DATE': 'CAST($1 AS DATE)',
  'DATETIME TIME': 'CAST($1 AS TIME)',
  'DATETIME TIMESTAMP': '$1',
  'TIME STRING': "bq_moment_text('TIME', DATE '1970-01-01' + $1)",
  'TIMESTAMP STRING': "bq_moment_text('TIMESTAMP', $1)",
  'TIMESTAMP DATE': 'CAST($1 AS DATE)',
  'TIMESTAMP DATETIME': '$1',
  'TIMESTAMP TIME': 'CAST($1 AS TIME)',
  'INTERVAL STRING': 'bq_interval_text($1)',
};

export function cast(value: Typed, to: SqlType, safe: boolean): Typed {
  const plain = safe ? bind([value], ([x = value]) => castNow(x, to, true)) : castNow(value, to, false);
  return plain;
}

function castNow(value: Typed, to: SqlType, safe: boolean): Typed {
  const { type } = value;
  if (type.kind === 'NULL') return nullOf(to);
  if (identicalType(type, to)) return { ...value, sql: value.sql };
  const wanted = CASTS[`${type.kind} ${to.kind}`];
  if (wanted) {
    const sql = wanted.replaceAll('$1', () => value.sql);
    if (!safe) return typed(sql, to);
    // TRY works row by row once a value fails, so what is parsed here says NULL by itself.
    return typed(wanted.startsWith('bq_parse_') ? sql.replace('bq_', 'bq_try_') : `TRY(${sql})`, to);
  }
  if (type.kind === 'ARRAY' && to.kind === 'ARRAY') return castArray(value, type.element, to.element, safe);
  if (type.kind === 'STRUCT' && to.kind === 'STRUCT' && type.fields.length === to.fields.length)
    return bind([value], ([x = value]) => {
      const fields = type.fields.map((field, index) =>
        castNow(
          { sql: fieldSql(x.sql, type.fields, index), type: field.type, atom: true },
          to.fields[index]?.type ?? field.type,
          safe,
        ),
      );
      const built = structOf(
        fields,
        to.fields.map(({ name }) => name),
      );
      return typed(`CASE WHEN ${x.sql} IS NULL THEN NULL ELSE ${built.sql} END`, to);
    });
  const coerced = coerce(value, to);
  if (coerced) return coerced;
  throw new SqlError(`Invalid cast from ${describe(value)} to ${typeName(to)}`);
}

function castArray(value: Typed, from: SqlType, to: SqlType, safe: boolean): Typed {
  if (sameType(from, to) && value.elements) {
    const coerced = coerce(value, arrayOf(to));
    if (coerced) return coerced;
  }
  if (!sameType(from, to) && from.kind !== 'NULL')
    throw new SqlError(
      `Casting between arrays with incompatible element types is not supported: Invalid cast from ${describe(value)} to ${typeName(arrayOf(to))}`,
    );
  if (from.kind === 'NULL') return typed(`CAST(${value.sql} AS ${storedType(arrayOf(to))})`, arrayOf(to));
  const element = castNow({ sql: 'c', type: from, atom: true }, to, safe);
  return typed(`list_transform(${value.sql}, lambda c: ${element.sql})`, arrayOf(to));
}

export const toText = (value: Typed): Typed => castNow(value, STRING, false);

/** JSON text of a value, as TO_JSON_STRING makes it. NULL becomes `null`. */
export function jsonText(value: Typed): string {
  const { type } = value;
  const or = (sql: string) => `coalesce(${sql}, 'null')`;
  switch (type.kind) {
    case 'NULL':
      return "'null'";
    case 'INT64':
      // Numbers that a double cannot hold become strings.
      return bind([value], ([x = value]) =>
        typed(
          or(
            `CASE WHEN abs(CAST(${x.sql} AS HUGEINT)) > 9007199254740992 THEN '"' || ${x.sql} || '"' ELSE CAST(${x.sql} AS VARCHAR) END`,
          ),
          STRING,
        ),
      ).sql;
    case 'FLOAT64':
      return or(`bq_float_json(${value.sql})`);
    case 'NUMERIC':
      return or(`bq_numeric_json(${value.sql})`);
    case 'BOOL':
      return or(`CAST(${value.sql} AS VARCHAR)`);
    case 'JSON':
      return or(value.sql);
    case 'BYTES':
      return or(`'"' || to_base64(${value.sql}) || '"'`);
    case 'TIMESTAMP':
      return or(`'"' || bq_moment_text('JSON_TIMESTAMP', ${value.sql}) || '"'`);
    case 'DATETIME':
      return or(`'"' || bq_moment_text('JSON_DATETIME', ${value.sql}) || '"'`);
    case 'ARRAY':
      return bind([value], ([x = value]) =>
        typed(
          `CASE WHEN ${x.sql} IS NULL THEN '[]' ELSE '[' || array_to_string(list_transform(${x.sql}, lambda j: ${jsonText({ sql: 'j', type: type.element, atom: true })}), ',') || ']' END`,
          STRING,
        ),
      ).sql;
    case 'STRUCT':
      return bind([value], ([x = value]) => {
        const parts = type.fields.map(
          (field, index) =>
            `${quoteText(`${JSON.stringify(field.name)}:`)} || ${jsonText({ sql: fieldSql(x.sql, type.fields, index), type: field.type, atom: true })}`,
        );
        return typed(
          `CASE WHEN ${x.sql} IS NULL THEN 'null' ELSE '{' || ${parts.length > 0 ? parts.join(" || ',' || ") : "''"} || '}' END`,
          STRING,
        );
      }).sql;
    default:
      return or(`bq_json_string(${toText(value).sql})`);
  }
}
