/** Query parameters, as typed SQL values. */

import {
  arrayLiteral,
  arrayOf,
  BigQueryError,
  BOOL,
  BYTES,
  bytesSql,
  FLOAT64,
  integer,
  jsonLiteral,
  NULL,
  nullOf,
  numericLiteral,
  quoteText,
  type SqlType,
  STRING,
  scalarByName,
  structOf,
  type Typed,
  temporal,
} from '@mewayz/googlesql';
import { isObject, type Json, list, object, optionalObject, optionalString, string } from '../rest/input.ts';

/** @throws BigQueryError invalidQuery, naming the parameter. */
export function readParameters(values: readonly unknown[], positional: boolean): Map<string | number, Typed> {
  const parameters = new Map<string | number, Typed>();
  for (const [index, entry] of values.entries()) {
    const { name, parameterType, parameterValue } = object(entry, 'queryParameters');
    const type = readType(object(parameterType, 'parameterType'));
    const value = readValue(type, optionalObject(parameterValue, 'parameterValue') ?? {});
    const key = positional ? index : string(name, 'name').toLowerCase();
    parameters.set(key, value);
  }
  return parameters;
}

function readType(type: Json): SqlType {
  const name = string(type.type, 'parameterType.type').toUpperCase();
  if (name === 'ARRAY') return arrayOf(readType(object(type.arrayType, 'arrayType')));
  if (name === 'STRUCT') {
    const fields = list(type.structTypes, 'structTypes').map((entry) => {
      const field = object(entry, 'structTypes');
      return { name: optionalString(field.name, 'name') ?? '', type: readType(object(field.type, 'type')) };
    });
    return { kind: 'STRUCT', fields };
  }
  const found = scalarByName(name);
  if (!found) throw new BigQueryError('invalidQuery', `Query parameters of type ${name} are not supported`);
  return found;
}

function readValue(type: SqlType, value: Json): Typed {
  if (type.kind === 'ARRAY') {
    const items = list(value.arrayValues, 'arrayValues').map((item) =>
      readValue(type.element, object(item, 'arrayValues')),
    );
    return { ...arrayLiteral(items, type.element), atom: items.length < 100 };
  }
  if (type.kind === 'STRUCT') {
    const given = optionalObject(value.structValues, 'structValues');
    if (!given) return nullOf(type);
    const fields = type.fields.map((field) =>
      readValue(field.type, isObject(given[field.name]) ? object(given[field.name], field.name) : {}),
    );
    return {
      ...structOf(
        fields,
        type.fields.map(({ name }) => name),
      ),
      atom: true,
    };
  }
  const raw = value.value;
  if (raw === undefined || raw === null) return nullOf(type);
  // Google's client sends a Buffer as JSON makes it.
  if (type.kind === 'BYTES' && isObject(raw) && Array.isArray(raw.data))
    return { sql: bytesSql(Buffer.from(raw.data)), type, atom: true };
  return scalarParameter(type, typeof raw === 'object' ? JSON.stringify(raw) : String(raw));
}

function scalarParameter(type: SqlType, text: string): Typed {
  switch (type.kind) {
    case 'INT64':
      if (!/^[+-]?\d+$/.test(text))
        throw new BigQueryError('invalidQuery', `Invalid value for type INT64: '${text}'`);
      return integer(text.replace(/^\+/, ''));
    case 'FLOAT64': {
      const number = /^[+-]?(?:nan|inf(?:inity)?)$/i.test(text) ? text : Number(text);
      if (Number.isNaN(number))
        throw new BigQueryError('invalidQuery', `Invalid value for type FLOAT64: '${text}'`);
      return { sql: `CAST(${quoteText(String(number))} AS DOUBLE)`, type: FLOAT64, atom: true };
    }
    case 'BOOL':
      if (!/^(?:true|false)$/i.test(text))
        throw new BigQueryError('invalidQuery', `Invalid value for type BOOL: '${text}'`);
      return { sql: text.toLowerCase(), type: BOOL, atom: true };
    case 'STRING':
      return { sql: `CAST(${quoteText(text)} AS VARCHAR)`, type: STRING, literal: text, atom: true };
    case 'BYTES':
      return { sql: bytesSql(Buffer.from(text, 'base64')), type: BYTES, atom: true };
    case 'NUMERIC':
      return numericLiteral(text);
    case 'JSON':
      return jsonLiteral(text);
    case 'NULL':
      return NULL;
    case 'INTERVAL':
      throw new BigQueryError('invalidQuery', 'Query parameters of type INTERVAL are not supported');
    default: {
      const { literal: _, ...value } = temporal(text.replace(/ UTC$/, 'Z'), type);
      return value;
    }
  }
}
