import { SqlError } from '../errors.ts';
import type { Form } from '../sql/calls.ts';
import { jsonText } from '../sql/casts.ts';
import { noSignature } from '../sql/operators.ts';
import type { FunctionTable } from '../sql/signatures.ts';
import { coerce, type Typed, typed } from '../sql/typed.ts';
import { arrayOf, BOOL, FLOAT64, INT64, JSON_TYPE, type SqlType, STRING } from '../sql/types.ts';

export const JSONS: FunctionTable = {
  JSON_TYPE: [['JSON -> STRING', 'bq_json_type($1)']],
  LAX_STRING: [['JSON -> STRING', "bq_json_lax($1, 'string')"]],
  LAX_INT64: [['JSON -> INT64', "CAST(bq_json_lax($1, 'int') AS BIGINT)"]],
  LAX_FLOAT64: [['JSON -> FLOAT64', "CAST(bq_json_lax($1, 'float') AS DOUBLE)"]],
  LAX_BOOL: [['JSON -> BOOL', "CAST(bq_json_lax($1, 'bool') AS BOOLEAN)"]],
  JSON_KEYS: [['JSON -> ARRAY<STRING>', 'bq_json_keys($1)']],
};

/** The JSON text and the path of a call; the path is `$` unless given. */
function source(args: readonly Typed[], name: string): { text: Typed; path: string; isJson: boolean } {
  const [value, path] = args;
  const isJson = value?.type.kind === 'JSON';
  const text = isJson ? value : value && coerce(value, STRING);
  const wanted = path ? coerce(path, STRING) : typed("'$'", STRING);
  if (!text || !wanted || args.length > 2) throw noSignature(`function ${name}`, args);
  return { text, path: wanted.sql, isJson };
}

/** `legacy` paths quote names with `['…']`, the others with `."…"`. */
const scalarAt =
  (legacy: boolean): Form =>
  (args, { name }) => {
    const { text, path } = source(args, name);
    return typed(`bq_json_value(${text.sql}, ${path}, ${legacy})`, STRING);
  };

const valueAt =
  (legacy: boolean): Form =>
  (args, { name }) => {
    const { text, path, isJson } = source(args, name);
    return typed(`bq_json_query(${text.sql}, ${path}, ${legacy})`, isJson ? JSON_TYPE : STRING);
  };

const valuesAt =
  (legacy: boolean): Form =>
  (args, { name }) => {
    const { text, path, isJson } = source(args, name);
    return typed(
      `bq_json_query_array(${text.sql}, ${path}, ${legacy})`,
      arrayOf(isJson ? JSON_TYPE : STRING),
    );
  };

const scalarsAt =
  (legacy: boolean): Form =>
  (args, { name }) => {
    const { text, path } = source(args, name);
    return typed(`bq_json_value_array(${text.sql}, ${path}, ${legacy})`, arrayOf(STRING));
  };

const toJsonString: Form = (args, { name }) => {
  const [value, pretty] = args;
  if (!value || args.length > 2) throw noSignature(`function ${name}`, args);
  const text = jsonText(value);
  return typed(
    pretty ? `CASE WHEN ${pretty.sql} THEN bq_json_pretty(${text}) ELSE ${text} END` : text,
    STRING,
  );
};

const toJson: Form = (args, { name }) => {
  const [value] = args;
  if (!value || args.length > 1) throw noSignature(`function ${name}`, args);
  return typed(`bq_json_canonical(${jsonText(value)})`, JSON_TYPE);
};

const parseJson: Form = (args, { name, named }) => {
  const text = args[0] && coerce(args[0], STRING);
  if (!text || args.length > 1) throw noSignature(`function ${name}`, args);
  const mode = named.wide_number_mode;
  if (mode && !['exact', 'round'].includes(mode.literal ?? ''))
    throw new SqlError('wide_number_mode must be exact or round');
  return typed(`bq_parse_json(${text.sql}, ${mode?.literal === 'round'})`, JSON_TYPE);
};

/** BOOL(json) and its kin fail when the JSON holds another type. */
const strict =
  (kind: string, type: SqlType): Form =>
  (args, { name }) => {
    const [value] = args;
    if (value?.type.kind !== 'JSON' || args.length !== 1) throw noSignature(`function ${name}`, args);
    const sql = `bq_json_scalar(${value.sql}, '${kind}')`;
    return typed(
      type.kind === 'INT64'
        ? `CAST(${sql} AS BIGINT)`
        : type.kind === 'BOOL'
          ? `CAST(${sql} AS BOOLEAN)`
          : `CAST(${sql} AS DOUBLE)`,
      type,
    );
  };

const object: Form = (args, { name }) => {
  if (args.length % 2 !== 0) throw noSignature(`function ${name}`, args);
  const parts: string[] = [];
  for (let index = 0; index < args.length; index += 2) {
    const [key, value] = [args[index], args[index + 1]];
    const text = key && coerce(key, STRING);
    if (!text || !value) throw noSignature(`function ${name}`, args);
    parts.push(`bq_json_string(${text.sql}) || ':' || ${jsonText(value)}`);
  }
  return typed(
    `bq_json_canonical('{' || ${parts.length > 0 ? parts.join(" || ',' || ") : "''"} || '}')`,
    JSON_TYPE,
  );
};

const array: Form = (args) =>
  typed(
    `bq_json_canonical('[' || ${args.length > 0 ? args.map(jsonText).join(" || ',' || ") : "''"} || ']')`,
    JSON_TYPE,
  );

export const JSON_FORMS: Readonly<Record<string, Form>> = {
  JSON_VALUE: scalarAt(false),
  JSON_EXTRACT_SCALAR: scalarAt(true),
  JSON_QUERY: valueAt(false),
  JSON_EXTRACT: valueAt(true),
  JSON_QUERY_ARRAY: valuesAt(false),
  JSON_EXTRACT_ARRAY: valuesAt(true),
  JSON_VALUE_ARRAY: scalarsAt(false),
  JSON_EXTRACT_STRING_ARRAY: scalarsAt(true),
  TO_JSON_STRING: toJsonString,
  TO_JSON: toJson,
  PARSE_JSON: parseJson,
  JSON_OBJECT: object,
  JSON_ARRAY: array,
  BOOL: strict('bool', BOOL),
  INT64: strict('int', INT64),
  FLOAT64: strict('float', FLOAT64),
};
