/** Calls, and what only looks like one: CAST, EXTRACT, INTERVAL, CASE, IF. */

import type { Call, Expression, FrameBound, OrderKey, WindowSpec } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseQuery } from './parse-query.ts';
import { parseType } from './parse-type.ts';

/** Functions whose argument is a part of a date or a format, at the given place. */
const PART_ARGUMENTS: Readonly<Record<string, number>> = {
  DATE_DIFF: 2,
  DATETIME_DIFF: 2,
  TIMESTAMP_DIFF: 2,
  TIME_DIFF: 2,
  DATE_TRUNC: 1,
  DATETIME_TRUNC: 1,
  TIMESTAMP_TRUNC: 1,
  TIME_TRUNC: 1,
  LAST_DAY: 1,
  NORMALIZE: 1,
  NORMALIZE_AND_CASEFOLD: 1,
};

/** `CASE`, `CAST(`, `EXTRACT(`, `INTERVAL …` and other words that begin a form of their own. */
export function parseKeywordCall(cursor: Cursor): Expression | undefined {
  const { at } = cursor;
  const called = cursor.isSymbol('(', 1);
  if (cursor.take('CASE')) return parseCase(cursor, at);
  if (cursor.take('INTERVAL')) return parseInterval(cursor, at);
  if (!called) return undefined;
  if (cursor.is('CAST') || cursor.is('SAFE_CAST')) return parseCast(cursor, at);
  if (cursor.take('EXTRACT')) return parseExtract(cursor, at);
  if (cursor.take('EXISTS'))
    return { node: 'exists', at, query: cursor.parenthesized(() => parseQuery(cursor)) };
  for (const name of ['IF', 'LEFT', 'RIGHT', 'GROUPING', 'RANGE', 'COLLATE'])
    if (cursor.take(name)) return parseCall(cursor, name, at);
  return undefined;
}

function parseCase(cursor: Cursor, at: number): Expression {
  const subject = cursor.is('WHEN') ? undefined : parseExpression(cursor);
  const branches: { when: Expression; result: Expression }[] = [];
  while (cursor.take('WHEN')) {
    const when = parseExpression(cursor);
    cursor.expect('THEN');
    branches.push({ when, result: parseExpression(cursor) });
  }
  if (branches.length === 0) throw cursor.unexpected('keyword WHEN');
  const otherwise = cursor.take('ELSE') ? parseExpression(cursor) : undefined;
  cursor.expect('END');
  return { node: 'case', at, branches, ...(subject && { subject }), ...(otherwise && { otherwise }) };
}

function parseInterval(cursor: Cursor, at: number): Expression {
  const value = parseExpression(cursor);
  const from = cursor.name().toUpperCase();
  const to = cursor.take('TO') ? cursor.name().toUpperCase() : undefined;
  return { node: 'interval', at, value, from, ...(to && { to }) };
}

function parseCast(cursor: Cursor, at: number): Expression {
  const safe = cursor.advance().word === 'SAFE_CAST';
  return cursor.parenthesized(() => {
    const value = parseExpression(cursor);
    cursor.expect('AS');
    const type = parseType(cursor);
    const format = cursor.take('FORMAT') ? parseExpression(cursor) : undefined;
    return { node: 'cast', at, value, type, safe, ...(format && { format }) };
  });
}

function parseExtract(cursor: Cursor, at: number): Expression {
  return cursor.parenthesized(() => {
    const { part, weekday } = parsePart(cursor);
    cursor.expect('FROM');
    const from = parseExpression(cursor);
    const zone = cursor.take('AT') ? parseZone(cursor) : undefined;
    return { node: 'extract', at, part, from, ...(weekday && { weekday }), ...(zone && { zone }) };
  });
}

function parseZone(cursor: Cursor): Expression {
  cursor.expect('TIME', 'ZONE');
  return parseExpression(cursor);
}

function parsePart(cursor: Cursor): { part: string; weekday?: string } {
  const part = cursor.name().toUpperCase();
  if (part !== 'WEEK' || !cursor.isSymbol('(')) return { part };
  return { part, weekday: cursor.parenthesized(() => cursor.name().toUpperCase()) };
}

/** A call of a function; its name was read, and its parenthesis comes. */
export function parseCall(cursor: Cursor, first: string, at: number): Expression {
  const parts = [first];
  while (cursor.takeSymbol('.')) parts.push(cursor.anyName());
  const safe = parts[0]?.toUpperCase() === 'SAFE' && parts.length > 1;
  const name = (safe ? parts.slice(1) : parts).join('.').toUpperCase();
  const call = cursor.nested(() => cursor.parenthesized(() => parseArguments(cursor, name)));
  const over = cursor.take('OVER') ? parseOver(cursor) : undefined;
  return { node: 'call', at, name, safe, ...call, ...(over !== undefined && { over }) };
}

type Arguments = Omit<Call, 'node' | 'at' | 'name' | 'safe' | 'over'>;

function parseArguments(cursor: Cursor, name: string): Arguments {
  const distinct = cursor.take('DISTINCT');
  const args: Expression[] = [];
  const named: Record<string, Expression> = {};
  if (!cursor.isSymbol(')'))
    cursor.list(() => {
      if (cursor.isName() && cursor.isSymbol('=>', 1)) {
        const key = cursor.name().toLowerCase();
        cursor.expectSymbol('=>');
        named[key] = parseExpression(cursor);
      } else args.push(parseArgument(cursor, name, args.length));
    });
  const nulls = cursor.take('IGNORE', 'NULLS')
    ? 'IGNORE'
    : cursor.take('RESPECT', 'NULLS')
      ? 'RESPECT'
      : undefined;
  const having = cursor.take('HAVING') ? parseHaving(cursor) : undefined;
  const orderBy = cursor.take('ORDER', 'BY') ? parseOrderKeys(cursor) : [];
  const limit = cursor.take('LIMIT') ? parseExpression(cursor) : undefined;
  return {
    args,
    named,
    distinct,
    orderBy,
    ...(nulls && { nulls }),
    ...(having && { having }),
    ...(limit && { limit }),
  };
}

function parseHaving(cursor: Cursor): { which: 'MAX' | 'MIN'; by: Expression } {
  const which = cursor.take('MAX') ? 'MAX' : 'MIN';
  if (which === 'MIN') cursor.expect('MIN');
  return { which, by: parseExpression(cursor) };
}

function parseArgument(cursor: Cursor, name: string, index: number): Expression {
  const { at } = cursor;
  if (PART_ARGUMENTS[name] === index && cursor.token.kind === 'name' && !cursor.isSymbol('.', 1))
    return { node: 'part', at, ...parsePart(cursor) };
  if (cursor.takeSymbol('*')) return { node: 'star', at };
  return cursor.isQueryAhead() || !cursor.is('SELECT')
    ? parseExpression(cursor)
    : { node: 'subquery', at, query: parseQuery(cursor) };
}

export function parseOrderKeys(cursor: Cursor): OrderKey[] {
  return cursor.list(() => {
    const value = parseExpression(cursor);
    if (cursor.is('COLLATE')) throw cursor.error('COLLATE is not supported');
    const descending = cursor.take('DESC');
    if (!descending) cursor.take('ASC');
    if (!cursor.take('NULLS')) return { value, descending };
    const first = cursor.take('FIRST');
    if (!first) cursor.expect('LAST');
    return { value, descending, nulls: first ? 'FIRST' : 'LAST' };
  });
}

function parseOver(cursor: Cursor): string | WindowSpec {
  return cursor.isSymbol('(') ? parseWindow(cursor) : cursor.name();
}

/** `(base PARTITION BY … ORDER BY … ROWS …)` */
export function parseWindow(cursor: Cursor): WindowSpec {
  return cursor.parenthesized(() => {
    const frameComes = cursor.is('ROWS') || cursor.is('RANGE');
    const base = !frameComes && cursor.isName() ? cursor.name() : undefined;
    const partitionBy = cursor.take('PARTITION', 'BY') ? cursor.list(() => parseExpression(cursor)) : [];
    const orderBy = cursor.take('ORDER', 'BY') ? parseOrderKeys(cursor) : [];
    const unit = cursor.take('ROWS') ? 'ROWS' : cursor.take('RANGE') ? 'RANGE' : undefined;
    const spec = { partitionBy, orderBy, ...(base && { base }) };
    if (!unit) return spec;
    if (!cursor.take('BETWEEN')) return { ...spec, frame: { unit, start: parseBound(cursor) } };
    const start = parseBound(cursor);
    cursor.expect('AND');
    return { ...spec, frame: { unit, start, end: parseBound(cursor) } };
  });
}

function parseBound(cursor: Cursor): FrameBound {
  if (cursor.take('CURRENT')) {
    cursor.expect('ROW');
    return { kind: 'CURRENT ROW' };
  }
  const offset = cursor.take('UNBOUNDED') ? undefined : parseExpression(cursor);
  const side = cursor.take('PRECEDING') ? 'PRECEDING' : 'FOLLOWING';
  if (side === 'FOLLOWING') cursor.expect('FOLLOWING');
  return offset ? { kind: side, offset } : { kind: `UNBOUNDED ${side}` };
}
