import { SqlError } from '../errors.ts';
import { failure, noSignature } from './operators.ts';
import { bind, coerce, describe, type Typed, typed } from './typed.ts';
import { INT64, JSON_TYPE, STRING } from './types.ts';

/** `array[OFFSET(n)]` and its kin, and `json['key']` or `json[0]`. */
export function subscript(of: Typed, index: Typed, how: string): Typed {
  if (of.type.kind === 'JSON') return jsonSubscript(of, index);
  if (of.type.kind !== 'ARRAY') throw noSignature('subscript operator', [of, index]);
  const position = coerce(index, INT64);
  if (!position)
    throw new SqlError(
      `Array position in [] must be coercible to INT64 type, but has type ${describe(index)}`,
    );
  const { element } = of.type;
  const ordinal = how.endsWith('ORDINAL');
  // DuckDB counts from 1, and takes negative places from the end.
  return bind([of, position], ([list = of, place = position]) => {
    const at = ordinal ? place.sql : `${place.sql} + 1`;
    const first = ordinal ? 1 : 0;
    const outside = `${place.sql} < ${first} OR ${place.sql} >= ${first} + len(${list.sql})`;
    const otherwise = how.startsWith('SAFE')
      ? 'NULL'
      : failure('Array index is out of bounds', place.sql, element);
    return typed(`CASE WHEN ${outside} THEN ${otherwise} ELSE ${list.sql}[${at}] END`, element);
  });
}

function jsonSubscript(of: Typed, index: Typed): Typed {
  const key = coerce(index, STRING);
  if (key && index.type.kind === 'STRING') return typed(`bq_json_member(${of.sql}, ${key.sql})`, JSON_TYPE);
  const position = coerce(index, INT64);
  if (!position) throw noSignature('subscript operator', [of, index]);
  return typed(`bq_json_element(${of.sql}, ${position.sql})`, JSON_TYPE);
}
