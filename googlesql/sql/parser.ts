/** Parses one GoogleSQL statement. Nothing is looked up here: names may not exist and types may not fit. */

import type { Assignment, MergeClause, Statement } from './ast-statements.ts';
import { Cursor } from './cursor.ts';
import { parseAlter, parseCreate, parseDrop } from './parse-ddl.ts';
import { parseExpression } from './parse-expression.ts';
import { parseFrom, parsePath } from './parse-from.ts';
import { parseQuery } from './parse-query.ts';

export interface Parsed {
  readonly source: string;
  readonly statement: Statement;
  /** How many `?` the statement holds. */
  readonly positional: number;
}

/** @throws {SqlError} with the place, when the text is no statement that is supported. */
export function parseStatement(source: string): Parsed {
  const cursor = new Cursor(source);
  while (cursor.takeSymbol(';'));
  const statement = parseOne(cursor);
  const { at } = cursor;
  while (cursor.takeSymbol(';'));
  if (cursor.token.kind === 'end') return { source, statement, positional: cursor.positional };
  if (at !== cursor.at) throw cursor.error('Scripts of several statements are not supported');
  throw cursor.unexpected('end of input');
}

/** Parses a lone expression, such as a column's default value. */
export function parseLoneExpression(source: string) {
  const cursor = new Cursor(source);
  const expression = parseExpression(cursor);
  if (cursor.token.kind !== 'end') throw cursor.unexpected('end of input');
  return expression;
}

const SCRIPTING = new Set(
  'DECLARE BEGIN SET IF LOOP WHILE REPEAT FOR CALL EXECUTE RAISE COMMIT ROLLBACK BREAK LEAVE CONTINUE ITERATE RETURN'.split(
    ' ',
  ),
);
const OTHERS = new Set('GRANT REVOKE EXPORT LOAD ASSERT EXPLAIN DESCRIBE DESC SHOW ANALYZE'.split(' '));

function parseOne(cursor: Cursor): Statement {
  const { at } = cursor;
  const { word } = cursor.token;
  if (cursor.token.kind === 'end') throw cursor.error('Syntax error: Unexpected end of statement');
  if (word === 'SELECT' || word === 'WITH' || cursor.isSymbol('('))
    return { statement: 'query', at, query: parseQuery(cursor) };
  if (cursor.take('INSERT')) return parseInsert(cursor, at);
  if (cursor.take('UPDATE')) return parseUpdate(cursor, at);
  if (cursor.take('DELETE')) return parseDelete(cursor, at);
  if (cursor.take('MERGE')) return parseMerge(cursor, at);
  if (cursor.take('TRUNCATE', 'TABLE')) return { statement: 'truncate', at, table: parsePath(cursor) };
  if (cursor.take('CREATE')) return parseCreate(cursor, at);
  if (cursor.take('DROP')) return parseDrop(cursor, at);
  if (cursor.take('ALTER')) return parseAlter(cursor, at);
  if (SCRIPTING.has(word)) throw cursor.error(`Scripting statement ${word} is not supported`);
  if (OTHERS.has(word)) throw cursor.error(`Statement ${word} is not supported`);
  throw cursor.unexpected();
}

function parseInsert(cursor: Cursor, at: number): Statement {
  cursor.take('INTO');
  const table = parsePath(cursor);
  const columns =
    cursor.isSymbol('(') && !cursor.isQueryAhead()
      ? cursor.parenthesized(() => cursor.list(() => cursor.name()))
      : undefined;
  const source = cursor.take('VALUES') ? parseRows(cursor) : parseQuery(cursor);
  return { statement: 'insert', at, table, source, ...(columns && { columns }) };
}

const parseRows = (cursor: Cursor) => cursor.list(() => parseRow(cursor));
const parseRow = (cursor: Cursor) => cursor.parenthesized(() => cursor.list(() => parseExpression(cursor)));

function parseTarget(cursor: Cursor): { table: string[]; alias?: string } {
  const table = parsePath(cursor);
  if (cursor.take('AS')) return { table, alias: cursor.name() };
  return cursor.isName() ? { table, alias: cursor.name() } : { table };
}

function parseUpdate(cursor: Cursor, at: number): Statement {
  const target = parseTarget(cursor);
  cursor.expect('SET');
  const set = cursor.list(() => parseAssignment(cursor));
  const from = cursor.take('FROM') ? parseFrom(cursor) : undefined;
  if (!cursor.is('WHERE')) throw cursor.error('UPDATE must have a WHERE clause', at);
  cursor.expect('WHERE');
  return { statement: 'update', at, ...target, set, where: parseExpression(cursor), ...(from && { from }) };
}

function parseAssignment(cursor: Cursor): Assignment {
  const { at } = cursor;
  const path = [cursor.name()];
  while (cursor.takeSymbol('.')) path.push(cursor.anyName());
  cursor.expectSymbol('=');
  return { path, at, value: parseExpression(cursor) };
}

function parseDelete(cursor: Cursor, at: number): Statement {
  cursor.take('FROM');
  const target = parseTarget(cursor);
  if (!cursor.is('WHERE')) throw cursor.error('DELETE must have a WHERE clause', at);
  cursor.expect('WHERE');
  return { statement: 'delete', at, ...target, where: parseExpression(cursor) };
}

function parseMerge(cursor: Cursor, at: number): Statement {
  cursor.take('INTO');
  const target = parseTarget(cursor);
  cursor.expect('USING');
  const source = parseFrom(cursor);
  cursor.expect('ON');
  const on = parseExpression(cursor);
  const clauses: MergeClause[] = [];
  while (cursor.is('WHEN')) clauses.push(parseMergeClause(cursor));
  if (clauses.length === 0) throw cursor.unexpected('keyword WHEN');
  return { statement: 'merge', at, ...target, source, on, clauses };
}

function parseMergeClause(cursor: Cursor): MergeClause {
  const { at } = cursor;
  cursor.expect('WHEN');
  const not = cursor.take('NOT');
  cursor.expect('MATCHED');
  const bySource = not && cursor.take('BY', 'SOURCE');
  if (not && !bySource) cursor.take('BY', 'TARGET');
  const when = !not ? 'MATCHED' : bySource ? 'NOT MATCHED BY SOURCE' : 'NOT MATCHED';
  const condition = cursor.take('AND') ? parseExpression(cursor) : undefined;
  cursor.expect('THEN');
  const base = { at, when, ...(condition && { condition }) } as const;
  if (when === 'NOT MATCHED') return { ...base, ...parseMergeInsert(cursor) };
  if (cursor.take('DELETE')) return { ...base, action: 'delete' };
  cursor.expect('UPDATE');
  cursor.expect('SET');
  return { ...base, action: 'update', set: cursor.list(() => parseAssignment(cursor)) };
}

function parseMergeInsert(cursor: Cursor) {
  cursor.expect('INSERT');
  const columns = cursor.isSymbol('(')
    ? cursor.parenthesized(() => cursor.list(() => cursor.name()))
    : undefined;
  const insert = { action: 'insert', ...(columns && { columns }) } as const;
  if (cursor.take('ROW')) return { ...insert, values: 'ROW' } as const;
  cursor.expect('VALUES');
  return { ...insert, values: parseRow(cursor) };
}
