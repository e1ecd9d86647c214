import type { Expression, FromItem, Pivot, Unpivot } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseQuery } from './parse-query.ts';

export function parseFrom(cursor: Cursor): FromItem {
  let left = parseJoins(cursor);
  for (let at = cursor.at; cursor.takeSymbol(','); at = cursor.at)
    left = { from: 'join', at, kind: 'CROSS', left, right: parseJoins(cursor) };
  return left;
}

const JOINS = [
  [['CROSS', 'JOIN'], 'CROSS'],
  [['INNER', 'JOIN'], 'INNER'],
  [['JOIN'], 'INNER'],
  [['LEFT', 'OUTER', 'JOIN'], 'LEFT'],
  [['LEFT', 'JOIN'], 'LEFT'],
  [['RIGHT', 'OUTER', 'JOIN'], 'RIGHT'],
  [['RIGHT', 'JOIN'], 'RIGHT'],
  [['FULL', 'OUTER', 'JOIN'], 'FULL'],
  [['FULL', 'JOIN'], 'FULL'],
] as const;

function parseJoins(cursor: Cursor): FromItem {
  return cursor.nested(() => {
    let left = parsePrimary(cursor);
    for (;;) {
      const { at } = cursor;
      const kind = JOINS.find(([words]) => cursor.take(...words))?.[1];
      if (!kind) return left;
      const right = parsePrimary(cursor);
      if (kind === 'CROSS') left = { from: 'join', at, kind, left, right };
      else if (cursor.take('ON')) left = { from: 'join', at, kind, left, right, on: parseExpression(cursor) };
      else if (cursor.take('USING'))
        left = {
          from: 'join',
          at,
          kind,
          left,
          right,
          using: cursor.parenthesized(() => cursor.list(() => cursor.name())),
        };
      else if (right.from === 'unnest' || (right.from === 'table' && right.path.length > 1))
        // A join with the elements of an array needs no condition.
        left = { from: 'join', at, kind, left, right };
      else throw cursor.unexpected('keyword ON or keyword USING');
    }
  });
}

function parsePrimary(cursor: Cursor): FromItem {
  let item = parseSource(cursor);
  for (;;) {
    if (cursor.is('PIVOT') && cursor.isSymbol('(', 1)) item = parsePivot(cursor, item);
    else if (cursor.is('UNPIVOT')) item = parseUnpivot(cursor, item);
    else return item;
  }
}

function parseSource(cursor: Cursor): FromItem {
  const { at } = cursor;
  if (cursor.take('UNNEST')) {
    const value = cursor.parenthesized(() => parseExpression(cursor));
    return { from: 'unnest', at, value, ...parseAlias(cursor), ...parseOffset(cursor) };
  }
  if (cursor.isSymbol('(')) {
    if (!cursor.isQueryAhead()) return cursor.parenthesized(() => parseJoins(cursor));
    const query = cursor.parenthesized(() => parseQuery(cursor));
    return { from: 'query', at, query, ...parseAlias(cursor), ...parseSample(cursor) };
  }
  const path = parsePath(cursor);
  if (cursor.isSymbol('('))
    throw cursor.error(`Table-valued function ${path.join('.')} is not supported`, at);
  const systemTime = cursor.is('FOR') ? parseSystemTime(cursor) : {};
  return {
    from: 'table',
    at,
    path,
    ...systemTime,
    ...parseAlias(cursor),
    ...parseOffset(cursor),
    ...parseSample(cursor),
  };
}

function parseSystemTime(cursor: Cursor): { systemTime: Expression } {
  throw cursor.error('FOR SYSTEM_TIME AS OF is not supported');
}

function parseAlias(cursor: Cursor): { alias?: string } {
  if (cursor.take('AS')) return { alias: cursor.name() };
  const { word } = cursor.token;
  const clause =
    word === 'WINDOW' ||
    (word === 'PIVOT' && cursor.isSymbol('(', 1)) ||
    (word === 'UNPIVOT' && (cursor.isSymbol('(', 1) || cursor.isSymbol('(', 3)));
  return cursor.isName() && !clause ? { alias: cursor.name() } : {};
}

function parseOffset(cursor: Cursor): { offset?: string } {
  if (!cursor.take('WITH', 'OFFSET')) return {};
  if (cursor.take('AS')) return { offset: cursor.name() };
  return {
    offset: cursor.isName() && !['PIVOT', 'WINDOW'].includes(cursor.token.word) ? cursor.name() : 'offset',
  };
}

function parseSample(cursor: Cursor): { sample?: Expression } {
  if (!cursor.take('TABLESAMPLE')) return {};
  cursor.expect('SYSTEM');
  return {
    sample: cursor.parenthesized(() => {
      const percent = parseExpression(cursor);
      cursor.expect('PERCENT');
      return percent;
    }),
  };
}

/** A table's name. Parts may be quoted one by one or together, and a project may hold dashes unquoted. */
export function parsePath(cursor: Cursor): string[] {
  const parts: string[] = [];
  do {
    const quoted = cursor.token.kind === 'quoted';
    let part = parts.length === 0 ? cursor.name() : cursor.anyName();
    while (!quoted && cursor.isSymbol('-') && cursor.lastEnd === cursor.at) {
      cursor.advance();
      part += `-${cursor.advance().text}`;
    }
    // `events_*` unquoted is no name; quoted it is, and dots within the quotes part it.
    parts.push(...(quoted ? part.split('.') : [part]));
  } while (cursor.takeSymbol('.'));
  return parts;
}

function parsePivot(cursor: Cursor, input: FromItem): Pivot {
  const { at } = cursor;
  cursor.expect('PIVOT');
  const pivot = cursor.parenthesized(() => {
    const aggregates = cursor.list(() => ({ call: parseExpression(cursor), ...parseAlias(cursor) }));
    cursor.expect('FOR');
    // The column stands before IN, which would otherwise be taken for the operator.
    const column = parseColumn(cursor);
    cursor.expect('IN');
    const values = cursor.parenthesized(() =>
      cursor.list(() => ({ value: parseExpression(cursor), ...parseAlias(cursor) })),
    );
    return { aggregates, column, values };
  });
  return { from: 'pivot', at, input, ...pivot, ...parseAlias(cursor) };
}

function parseColumn(cursor: Cursor): Expression {
  let column: Expression = { node: 'name', at: cursor.at, name: cursor.name() };
  while (cursor.takeSymbol('.'))
    column = { node: 'field', at: cursor.at, of: column, name: cursor.anyName() };
  return column;
}

function parseUnpivot(cursor: Cursor, input: FromItem): Unpivot {
  const { at } = cursor;
  cursor.expect('UNPIVOT');
  const includeNulls = cursor.take('INCLUDE', 'NULLS');
  if (!includeNulls) cursor.take('EXCLUDE', 'NULLS');
  const unpivot = cursor.parenthesized(() => {
    const names = () =>
      cursor.isSymbol('(') ? cursor.parenthesized(() => cursor.list(() => cursor.name())) : [cursor.name()];
    const values = names();
    cursor.expect('FOR');
    const name = cursor.name();
    cursor.expect('IN');
    const columns = cursor.parenthesized(() =>
      cursor.list(() => {
        const columnNames = names();
        return cursor.take('AS') || cursor.token.kind === 'string'
          ? { names: columnNames, alias: parseExpression(cursor) }
          : { names: columnNames };
      }),
    );
    return { values, name, columns };
  });
  return { from: 'unpivot', at, input, includeNulls, ...unpivot, ...parseAlias(cursor) };
}
