/** FORMAT: the pattern is read while the query is translated, so that every argument's type is known. */

import { SqlError } from '../errors.ts';
import type { Form } from '../sql/calls.ts';
import { toText } from '../sql/casts.ts';
import { noSignature } from '../sql/operators.ts';
import { coerce, fieldSql, type Typed, typed } from '../sql/typed.ts';
import { FLOAT64, INT64, quoteText, STRING } from '../sql/types.ts';

const SPECIFIER = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d+))?([a-zA-Z%])|([^%]+)|(%)/g;

const format: Form = (args, { name }) => {
  const [pattern, ...values] = args;
  if (pattern?.literal === undefined || pattern.type.kind !== 'STRING')
    throw new SqlError(`Function ${name} with a format that is no literal or parameter is not supported`);
  const parts: string[] = [];
  let next = 0;
  const take = (): Typed => {
    const value = values[next];
    next += 1;
    if (!value) throw new SqlError('Too few arguments to FORMAT');
    return value;
  };
  for (const [, flags = '', width, precision, specifier, text] of pattern.literal.matchAll(SPECIFIER)) {
    if (text !== undefined) parts.push(quoteText(text));
    else if (specifier === '%') parts.push("'%'");
    else if (!specifier || width === '*' || precision === '*')
      throw new SqlError('Invalid format specifier in FORMAT, or one that is not supported');
    else
      parts.push(
        part(specifier, flags, Number(width ?? 0), precision === undefined ? -1 : Number(precision), take()),
      );
  }
  if (next < values.length)
    throw new SqlError(`Too many arguments to FORMAT for pattern "${pattern.literal}"`);
  return typed(parts.length > 0 ? `(${parts.join(' || ')})` : "''", STRING);

  function part(specifier: string, flags: string, width: number, precision: number, value: Typed): string {
    const options = `${quoteText(specifier)}, ${quoteText(flags)}, ${width}, ${precision}`;
    if ('diuoxX'.includes(specifier)) {
      const number = coerce(value, INT64);
      if (!number) throw noSignature(`function ${name} %${specifier}`, [value]);
      return `bq_format_int(${number.sql}, ${options})`;
    }
    if ('fFeEgG'.includes(specifier)) {
      if (value.type.kind === 'NUMERIC') {
        if (!'fF'.includes(specifier)) throw new SqlError(`FORMAT %${specifier} of NUMERIC is not supported`);
        return `bq_format_numeric(${value.sql}, ${options})`;
      }
      const number = coerce(value, FLOAT64);
      if (!number) throw noSignature(`function ${name} %${specifier}`, [value]);
      return `bq_format_float(${number.sql}, ${options})`;
    }
    if (specifier === 's') {
      const string = coerce(value, STRING);
      if (!string) throw noSignature(`function ${name} %s`, [value]);
      return `bq_format_text(${string.sql}, ${options})`;
    }
    if (specifier === 't') return `bq_format_text(coalesce(${valueText(value, false)}, 'NULL'), ${options})`;
    if (specifier === 'T') return `bq_format_text(coalesce(${valueText(value, true)}, 'NULL'), ${options})`;
    throw new SqlError(`FORMAT specifier %${specifier} is not supported`);
  }
};

const LITERAL: Readonly<Record<string, string>> = {
  DATE: 'DATE',
  DATETIME: 'DATETIME',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMP',
  NUMERIC: 'NUMERIC',
  JSON: 'JSON',
};

/** The value as %t prints it, or as a literal (%T). NULL stays NULL. */
function valueText(value: Typed, literal: boolean): string {
  const { type } = value;
  switch (type.kind) {
    case 'NULL':
      return "'NULL'";
    case 'STRING':
      return literal ? `bq_string_literal(${value.sql})` : value.sql;
    case 'BYTES':
      return `bq_bytes_literal(${value.sql}, ${literal})`;
    case 'FLOAT64':
      return literal ? `bq_float_literal(${value.sql})` : toText(value).sql;
    case 'ARRAY': {
      const item = `coalesce(${valueText({ sql: 'f', type: type.element, atom: true }, literal)}, 'NULL')`;
      return `('[' || array_to_string(list_transform(${value.sql}, lambda f: ${item}), ', ') || ']')`;
    }
    case 'STRUCT': {
      const items = type.fields.map(
        (field, index) =>
          `coalesce(${valueText({ sql: fieldSql(value.sql, type.fields, index), type: field.type, atom: true }, literal)}, 'NULL')`,
      );
      const open = literal && items.length === 1 ? 'STRUCT(' : '(';
      return `(${quoteText(open)} || ${items.join(" || ', ' || ")} || ')')`;
    }
    default: {
      const text = type.kind === 'JSON' ? value.sql : toText(value).sql;
      const prefix = LITERAL[type.kind];
      return literal && prefix ? `(${quoteText(`${prefix} `)} || bq_string_literal(${text}))` : text;
    }
  }
}

export const FORMAT_FORMS: Readonly<Record<string, Form>> = { FORMAT: format };
