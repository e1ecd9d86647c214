import type { Expression, GroupBy, Query, QueryBody, Select, SelectItem, SetOperation } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseOrderKeys, parseWindow } from './parse-call.ts';
import { parseExpression } from './parse-expression.ts';
import { parseFrom } from './parse-from.ts';

export function parseQuery(cursor: Cursor): Query {
  return cursor.nested(() => {
    const { at } = cursor;
    const withs = cursor.take('WITH');
    const recursive = withs && cursor.take('RECURSIVE');
    const tables = withs ? cursor.list(() => parseWith(cursor)) : [];
    const body = parseBody(cursor);
    const orderBy = cursor.take('ORDER', 'BY') ? parseOrderKeys(cursor) : [];
    const limit = cursor.take('LIMIT') ? parseExpression(cursor) : undefined;
    const offset = limit && cursor.take('OFFSET') ? parseExpression(cursor) : undefined;
    return { at, recursive, with: tables, body, orderBy, ...(limit && { limit }), ...(offset && { offset }) };
  });
}

function parseWith(cursor: Cursor): Query['with'][number] {
  const { at } = cursor;
  const name = cursor.name();
  cursor.expect('AS');
  return { at, name, query: cursor.parenthesized(() => parseQuery(cursor)) };
}

const SET_WORDS: readonly SetOperation['operator'][] = [
  'UNION ALL',
  'UNION DISTINCT',
  'INTERSECT DISTINCT',
  'EXCEPT DISTINCT',
];

const MODES = [
  [['FULL', 'OUTER'], 'full'],
  [['FULL'], 'full'],
  [['LEFT', 'OUTER'], 'left'],
  [['LEFT'], 'left'],
  [['INNER'], 'inner'],
] as const;

type SetWords = Pick<SetOperation, 'operator' | 'byName'>;

function parseBody(cursor: Cursor): QueryBody {
  const first = parseBodyTerm(cursor);
  const inputs = [first];
  let words: SetWords | undefined;
  for (let { at } = cursor; ; at = cursor.at) {
    const next = takeSetWords(cursor);
    if (!next) break;
    if (words && (next.operator !== words.operator || next.byName !== words.byName))
      throw cursor.error(
        'Syntax error: Different set operations cannot be used in the same query without using parentheses for grouping',
        at,
      );
    words = next;
    inputs.push(parseBodyTerm(cursor));
  }
  return words ? { node: 'set', at: first.at, ...words, inputs } : first;
}

/** `[FULL [OUTER] | LEFT [OUTER] | INNER] UNION ALL [BY NAME | CORRESPONDING]` and its like; undefined when none begins here. */
function takeSetWords(cursor: Cursor): SetWords | undefined {
  const mode = MODES.find(([words]) => cursor.take(...words))?.[1];
  const begins = cursor.is('UNION') || cursor.is('INTERSECT') || cursor.is('EXCEPT');
  if (!begins && mode) throw cursor.unexpected('a set operation');
  if (!begins) return undefined;
  const operator = SET_WORDS.find((words) => cursor.take(...words.split(' ')));
  if (!operator) {
    cursor.advance();
    throw cursor.unexpected('keyword ALL or keyword DISTINCT');
  }
  const corresponding = cursor.take('CORRESPONDING');
  if (!corresponding && !cursor.take('BY', 'NAME')) {
    if (mode) throw cursor.unexpected('keyword BY');
    return { operator };
  }
  if (cursor.is('ON') || cursor.is('BY'))
    throw cursor.error('A list of columns after BY NAME or CORRESPONDING is not supported');
  return { operator, byName: mode ?? (corresponding ? 'inner' : 'same') };
}

function parseBodyTerm(cursor: Cursor): QueryBody {
  const { at } = cursor;
  if (cursor.isSymbol('('))
    return { node: 'query', at, query: cursor.parenthesized(() => parseQuery(cursor)) };
  return parseSelect(cursor);
}

function parseSelect(cursor: Cursor): Select {
  const { at } = cursor;
  cursor.expect('SELECT');
  if (cursor.is('WITH')) throw cursor.error('SELECT WITH is not supported');
  const distinct = cursor.take('DISTINCT');
  if (!distinct) cursor.take('ALL');
  const as = cursor.take('AS', 'STRUCT') ? 'STRUCT' : cursor.take('AS', 'VALUE') ? 'VALUE' : undefined;
  const items = parseItems(cursor);
  const from = cursor.take('FROM') ? parseFrom(cursor) : undefined;
  const where = cursor.take('WHERE') ? parseExpression(cursor) : undefined;
  const groupBy: GroupBy = cursor.take('GROUP', 'BY') ? parseGroupBy(cursor) : { kind: 'none' };
  const having = cursor.take('HAVING') ? parseExpression(cursor) : undefined;
  const qualify = cursor.take('QUALIFY') ? parseExpression(cursor) : undefined;
  const windows = cursor.take('WINDOW') ? cursor.list(() => parseNamedWindow(cursor)) : [];
  return {
    node: 'select',
    at,
    distinct,
    items,
    groupBy,
    windows,
    ...(as && { as }),
    ...(from && { from }),
    ...(where && { where }),
    ...(having && { having }),
    ...(qualify && { qualify }),
  };
}

function parseNamedWindow(cursor: Cursor): Select['windows'][number] {
  const name = cursor.name();
  cursor.expect('AS');
  return { name, spec: cursor.isSymbol('(') ? parseWindow(cursor) : cursor.name() };
}

function parseItems(cursor: Cursor): SelectItem[] {
  const items: SelectItem[] = [];
  do {
    // A comma may stand after the last item.
    if (items.length > 0 && (cursor.is('FROM') || cursor.token.kind === 'end' || cursor.isSymbol(')'))) break;
    items.push(parseItem(cursor));
  } while (cursor.takeSymbol(','));
  return items;
}

function parseItem(cursor: Cursor): SelectItem {
  const { at } = cursor;
  if (cursor.takeSymbol('*')) return parseStar(cursor, at);
  const value = parseExpression(cursor);
  if (cursor.isSymbol('.') && cursor.isSymbol('*', 1)) {
    cursor.advance();
    cursor.advance();
    return parseStar(cursor, at, value);
  }
  if (cursor.take('AS')) return { item: 'value', at, value, alias: cursor.name() };
  return cursor.isName() ? { item: 'value', at, value, alias: cursor.name() } : { item: 'value', at, value };
}

function parseStar(cursor: Cursor, at: number, of?: Expression): SelectItem {
  const except =
    cursor.is('EXCEPT') && cursor.isSymbol('(', 1) && cursor.take('EXCEPT')
      ? cursor.parenthesized(() => cursor.list(() => cursor.name()))
      : [];
  const replace = cursor.take('REPLACE')
    ? cursor.parenthesized(() =>
        cursor.list(() => {
          const value = parseExpression(cursor);
          cursor.take('AS');
          return { value, name: cursor.name() };
        }),
      )
    : [];
  return { item: 'star', at, except, replace, ...(of && { of }) };
}

function parseGroupBy(cursor: Cursor): GroupBy {
  if (cursor.take('ALL')) return { kind: 'all' };
  const expressions = () => cursor.parenthesized(() => cursor.list(() => parseExpression(cursor)));
  if (cursor.is('ROLLUP') && cursor.take('ROLLUP')) return { kind: 'rollup', keys: expressions() };
  if (cursor.take('CUBE')) return { kind: 'cube', keys: expressions() };
  if (cursor.take('GROUPING', 'SETS'))
    return { kind: 'sets', sets: cursor.parenthesized(() => cursor.list(() => parseGroupingSet(cursor))) };
  return { kind: 'keys', keys: cursor.list(() => parseExpression(cursor)) };
}

function parseGroupingSet(cursor: Cursor): Expression[] {
  if (cursor.is('ROLLUP') || cursor.is('CUBE'))
    throw cursor.error('ROLLUP and CUBE within GROUPING SETS are not supported');
  if (!cursor.isSymbol('(')) return [parseExpression(cursor)];
  return cursor.parenthesized(() => (cursor.isSymbol(')') ? [] : cursor.list(() => parseExpression(cursor))));
}
