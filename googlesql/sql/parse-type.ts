import type { TypeNode } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** A type such as `ARRAY<STRUCT<a INT64, b NUMERIC(10, 2)>>`. */
export function parseType(cursor: Cursor): TypeNode {
  return cursor.nested(() => {
    const { at } = cursor;
    if (cursor.take('ARRAY')) {
      cursor.expectSymbol('<');
      const element = parseType(cursor);
      cursor.expectSymbol('>');
      return { node: 'array', at, element };
    }
    if (cursor.take('STRUCT')) return { node: 'struct', at, fields: parseStructFields(cursor) };
    const name = cursor.take('INTERVAL') ? 'INTERVAL' : cursor.take('RANGE') ? 'RANGE' : cursor.name();
    const parameters = cursor.isSymbol('(')
      ? cursor.parenthesized(() => cursor.list(() => cursor.advance().text))
      : [];
    return { node: 'scalar', at, name: name.toUpperCase(), parameters };
  });
}

export function parseStructFields(cursor: Cursor): { name: string; type: TypeNode }[] {
  cursor.expectSymbol('<');
  if (cursor.isSymbol('>') || cursor.isSymbol('>>')) {
    cursor.expectSymbol('>');
    return [];
  }
  const fields = cursor.list(() => {
    const next = cursor.ahead(1);
    const named = cursor.isName() && (next.kind === 'name' || next.kind === 'quoted');
    return { name: named ? cursor.name() : '', type: parseType(cursor) };
  });
  cursor.expectSymbol('>');
  return fields;
}
