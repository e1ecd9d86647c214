import type { Expression, InSet, TypeNode } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseCall, parseKeywordCall } from './parse-call.ts';
import { parseQuery } from './parse-query.ts';
import { parseType } from './parse-type.ts';

/** Binary operators that bind tighter than comparison, loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '||'],
];

const COMPARISONS = ['=', '<>', '<', '<=', '>', '>='];

export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(() => parseOr(cursor));
}

function parseOr(cursor: Cursor): Expression {
  let left = parseAnd(cursor);
  for (let at = cursor.at; cursor.take('OR'); at = cursor.at)
    left = { node: 'binary', at, operator: 'OR', left, right: parseAnd(cursor) };
  return left;
}

function parseAnd(cursor: Cursor): Expression {
  let left = parseNot(cursor);
  for (let at = cursor.at; cursor.take('AND'); at = cursor.at)
    left = { node: 'binary', at, operator: 'AND', left, right: parseNot(cursor) };
  return left;
}

function parseNot(cursor: Cursor): Expression {
  const { at } = cursor;
  if (cursor.take('NOT'))
    return { node: 'unary', at, operator: 'NOT', operand: cursor.nested(() => parseNot(cursor)) };
  return parseComparison(cursor);
}

function parseComparison(cursor: Cursor): Expression {
  let left = parseBinary(cursor, 0);
  for (;;) {
    const { at } = cursor;
    const next = parseComparisonTail(cursor, left, at);
    if (!next) return left;
    left = next;
  }
}

function parseComparisonTail(cursor: Cursor, left: Expression, at: number): Expression | undefined {
  const { kind, text } = cursor.token;
  if (kind === 'symbol' && COMPARISONS.includes(text)) {
    cursor.advance();
    return { node: 'binary', at, operator: text, left, right: parseBinary(cursor, 0) };
  }
  if (cursor.take('IS')) return parseIs(cursor, left, at);
  const not = cursor.is('NOT') && ['IN', 'LIKE', 'BETWEEN'].includes(cursor.ahead(1).word);
  if (not) cursor.advance();
  if (cursor.take('BETWEEN')) {
    const low = parseBinary(cursor, 0);
    cursor.expect('AND');
    return { node: 'between', at, value: left, low, high: parseBinary(cursor, 0), not };
  }
  if (cursor.take('IN')) return { node: 'in', at, value: left, set: parseInSet(cursor), not };
  return cursor.take('LIKE') ? parseLike(cursor, left, at, not) : undefined;
}

function parseLike(cursor: Cursor, value: Expression, at: number, not: boolean): Expression {
  const all = cursor.take('ALL');
  if (!all && !cursor.take('ANY') && !cursor.take('SOME')) {
    const like: Expression = {
      node: 'binary',
      at,
      operator: 'LIKE',
      left: value,
      right: parseBinary(cursor, 0),
    };
    return not ? { node: 'unary', at, operator: 'NOT', operand: like } : like;
  }
  const patterns = cursor.take('UNNEST')
    ? { unnest: cursor.parenthesized(() => parseExpression(cursor)) }
    : cursor.parenthesized(() => cursor.list(() => parseExpression(cursor)));
  return { node: 'likeAny', at, value, patterns, all, not };
}

function parseIs(cursor: Cursor, left: Expression, at: number): Expression {
  const not = cursor.take('NOT');
  if (cursor.take('DISTINCT')) {
    cursor.expect('FROM');
    return { node: 'distinct', at, left, right: parseBinary(cursor, 0), not };
  }
  for (const what of ['NULL', 'TRUE', 'FALSE', 'UNKNOWN'] as const)
    if (cursor.take(what)) return { node: 'is', at, value: left, what, not };
  throw cursor.unexpected();
}

function parseInSet(cursor: Cursor): InSet {
  if (cursor.take('UNNEST')) return { unnest: cursor.parenthesized(() => parseExpression(cursor)) };
  if (cursor.isQueryAhead()) return { query: cursor.parenthesized(() => parseQuery(cursor)) };
  return { list: cursor.parenthesized(() => cursor.list(() => parseExpression(cursor))) };
}

function parseBinary(cursor: Cursor, level: number): Expression {
  const operators = LEVELS[level];
  if (!operators) return parseUnary(cursor);
  let left = parseBinary(cursor, level + 1);
  for (;;) {
    const { kind, text, start } = cursor.token;
    if (kind !== 'symbol' || !operators.includes(text)) return left;
    cursor.advance();
    left = { node: 'binary', at: start, operator: text, left, right: parseBinary(cursor, level + 1) };
  }
}

function parseUnary(cursor: Cursor): Expression {
  const { at } = cursor;
  for (const operator of ['-', '+', '~'] as const) {
    if (!cursor.takeSymbol(operator)) continue;
    const { kind, text } = cursor.token;
    // The smallest INT64 has no positive twin, so the sign belongs to the literal.
    if (operator === '-' && kind === 'integer' && !cursor.isSymbol('.', 1)) {
      cursor.advance();
      return parsePostfix(cursor, { node: 'literal', at, kind: 'integer', value: `-${text}` });
    }
    return { node: 'unary', at, operator, operand: cursor.nested(() => parseUnary(cursor)) };
  }
  return parsePostfix(cursor, parsePrimary(cursor));
}

function parsePostfix(cursor: Cursor, start: Expression): Expression {
  let value = start;
  for (;;) {
    const { at } = cursor;
    if (cursor.isSymbol('.') && !cursor.isSymbol('*', 1)) {
      cursor.advance();
      value = { node: 'field', at: cursor.at, of: value, name: cursor.anyName() };
    } else if (cursor.takeSymbol('[')) {
      value = { ...parseIndex(cursor), at, of: value };
      cursor.expectSymbol(']');
    } else return value;
  }
}

const INDEXES = ['OFFSET', 'ORDINAL', 'SAFE_OFFSET', 'SAFE_ORDINAL'] as const;

function parseIndex(cursor: Cursor): {
  node: 'subscript';
  index: Expression;
  how: (typeof INDEXES)[number] | 'KEY';
} {
  for (const how of INDEXES) {
    if (!cursor.is(how) || !cursor.isSymbol('(', 1)) continue;
    cursor.advance();
    return { node: 'subscript', how, index: cursor.parenthesized(() => parseExpression(cursor)) };
  }
  return { node: 'subscript', how: 'KEY', index: parseExpression(cursor) };
}

function parsePrimary(cursor: Cursor): Expression {
  const { token, at } = cursor;
  switch (token.kind) {
    case 'string':
    case 'bytes':
    case 'integer':
    case 'float':
      cursor.advance();
      return { node: 'literal', at, kind: token.kind, value: token.text };
    case 'parameter':
      return parseParameter(cursor);
    case 'symbol':
      return parseSymbol(cursor);
    case 'quoted':
      cursor.advance();
      return cursor.isSymbol('(')
        ? parseCall(cursor, token.text, at)
        : { node: 'name', at, name: token.text };
    case 'name':
      return parseWord(cursor);
    default:
      throw cursor.unexpected();
  }
}

function parseParameter(cursor: Cursor): Expression {
  const { text, start: at } = cursor.advance();
  if (text.startsWith('@@')) throw cursor.error(`System variable ${text} is not supported`, at);
  if (text === '?') {
    cursor.positional += 1;
    return { node: 'parameter', at, name: cursor.positional - 1 };
  }
  const [name = '', ...fields] = text.slice(1).split('.');
  return fields.reduce<Expression>((of, field) => ({ node: 'field', at, of, name: field }), {
    node: 'parameter',
    at,
    name,
  });
}

function parseSymbol(cursor: Cursor): Expression {
  const { at } = cursor;
  if (cursor.isSymbol('[')) return parseArray(cursor, at);
  if (!cursor.isSymbol('(')) throw cursor.unexpected();
  if (cursor.isQueryAhead())
    return { node: 'subquery', at, query: cursor.parenthesized(() => parseQuery(cursor)) };
  const values = cursor.parenthesized(() => cursor.list(() => parseExpression(cursor)));
  const [only] = values;
  if (only && values.length === 1) return only;
  return { node: 'struct', at, fields: values.map((value) => ({ value })) };
}

function parseArray(cursor: Cursor, at: number, type?: TypeNode): Expression {
  cursor.expectSymbol('[');
  const elements = cursor.isSymbol(']') ? [] : cursor.list(() => parseExpression(cursor));
  cursor.expectSymbol(']');
  return { node: 'array', at, elements, ...(type && { type }) };
}

const TYPED_LITERALS = [
  'DATE',
  'TIMESTAMP',
  'DATETIME',
  'TIME',
  'NUMERIC',
  'DECIMAL',
  'BIGNUMERIC',
  'BIGDECIMAL',
  'JSON',
  'RANGE',
];

function parseWord(cursor: Cursor): Expression {
  const { token, at } = cursor;
  if (TYPED_LITERALS.includes(token.word) && cursor.ahead(1).kind === 'string') {
    cursor.advance();
    return { node: 'typedLiteral', at, type: token.word, value: cursor.advance().text };
  }
  if (cursor.take('NULL')) return { node: 'literal', at, kind: 'null', value: '' };
  if (cursor.take('TRUE')) return { node: 'literal', at, kind: 'bool', value: 'true' };
  if (cursor.take('FALSE')) return { node: 'literal', at, kind: 'bool', value: 'false' };
  if (cursor.take('DEFAULT')) return { node: 'default', at };
  if (cursor.is('ARRAY')) return parseArrayWord(cursor, at);
  if (cursor.is('STRUCT')) return parseStruct(cursor, at);
  const keyword = parseKeywordCall(cursor);
  if (keyword) return keyword;
  const name = cursor.name();
  // `SAFE.SUBSTR(` and `NET.HOST(` are functions whose names have a dot.
  const isDotted = cursor.isSymbol('.') && cursor.ahead(1).kind === 'name' && cursor.isSymbol('(', 2);
  return cursor.isSymbol('(') || isDotted ? parseCall(cursor, name, at) : { node: 'name', at, name };
}

function parseArrayWord(cursor: Cursor, at: number): Expression {
  if (cursor.isSymbol('<', 1)) {
    const type = parseType(cursor);
    return parseArray(cursor, at, type);
  }
  cursor.advance();
  if (cursor.isSymbol('[')) return parseArray(cursor, at);
  return { node: 'arrayQuery', at, query: cursor.parenthesized(() => parseQuery(cursor)) };
}

function parseStruct(cursor: Cursor, at: number): Expression {
  const type = cursor.isSymbol('<', 1) ? parseType(cursor) : undefined;
  if (!type) cursor.advance();
  cursor.expectSymbol('(');
  const fields = cursor.isSymbol(')')
    ? []
    : cursor.list(() => {
        const value = parseExpression(cursor);
        return cursor.take('AS') ? { value, name: cursor.name() } : { value };
      });
  cursor.expectSymbol(')');
  return { node: 'struct', at, fields, ...(type && { type }) };
}
