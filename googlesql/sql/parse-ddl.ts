import type { Expression } from './ast.ts';
import type { AlterAction, ColumnNode, CreateTable, Options, Statement } from './ast-statements.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parsePath } from './parse-from.ts';
import { parseQuery } from './parse-query.ts';
import { parseType } from './parse-type.ts';

export function parseCreate(cursor: Cursor, at: number): Statement {
  const replace = cursor.take('OR', 'REPLACE');
  if (cursor.take('SCHEMA')) {
    const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
    return {
      statement: 'createSchema',
      at,
      path: parsePath(cursor),
      ifNotExists,
      options: parseOptions(cursor),
    };
  }
  const materialized = cursor.take('MATERIALIZED');
  if (materialized || cursor.is('VIEW')) return parseCreateView(cursor, at, replace, materialized);
  if (cursor.is('TEMP') || cursor.is('TEMPORARY'))
    throw cursor.error('Temporary tables and functions are not supported, as scripting is not supported');
  if (!cursor.take('TABLE')) throw cursor.error(`CREATE ${cursor.token.text.toUpperCase()} is not supported`);
  return parseCreateTable(cursor, at, replace);
}

function parseCreateView(cursor: Cursor, at: number, replace: boolean, materialized: boolean): Statement {
  cursor.expect('VIEW');
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const table = parsePath(cursor);
  const columns = cursor.isSymbol('(')
    ? cursor.parenthesized(() =>
        cursor.list(() => {
          const name = cursor.name();
          parseOptions(cursor);
          return name;
        }),
      )
    : undefined;
  parsePartitioning(cursor);
  const options = parseOptions(cursor);
  cursor.expect('AS');
  const start = cursor.at;
  const query = parseQuery(cursor);
  const text = cursor.source.slice(start, cursor.lastEnd);
  const view = {
    statement: 'createView',
    at,
    table,
    replace,
    ifNotExists,
    materialized,
    options,
    query,
    text,
  } as const;
  return columns ? { ...view, columns } : view;
}

function parseCreateTable(cursor: Cursor, at: number, replace: boolean): CreateTable {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const table = parsePath(cursor);
  const like = cursor.take('LIKE') ? parsePath(cursor) : undefined;
  const copy = cursor.take('COPY') ? parsePath(cursor) : undefined;
  if (cursor.is('CLONE')) throw cursor.error('CREATE TABLE CLONE is not supported');
  const columns = cursor.isSymbol('(') ? parseColumns(cursor) : undefined;
  const partitioning = parsePartitioning(cursor);
  const options = parseOptions(cursor);
  const query = cursor.take('AS') ? parseQuery(cursor) : undefined;
  return {
    statement: 'createTable',
    at,
    table,
    replace,
    ifNotExists,
    options,
    ...partitioning,
    ...(columns && { columns }),
    ...(like && { like }),
    ...(copy && { copy }),
    ...(query && { query }),
  };
}

function parseColumns(cursor: Cursor): ColumnNode[] {
  const columns: ColumnNode[] = [];
  cursor.parenthesized(() => {
    do {
      if (cursor.isSymbol(')')) break;
      if (cursor.is('PRIMARY') || cursor.is('FOREIGN') || cursor.is('CONSTRAINT')) skipConstraint(cursor);
      else columns.push(parseColumn(cursor));
    } while (cursor.takeSymbol(','));
  });
  return columns;
}

/** Keys are never enforced by BigQuery; they are read over. */
function skipConstraint(cursor: Cursor): void {
  if (cursor.take('CONSTRAINT')) cursor.name();
  const foreign = cursor.take('FOREIGN');
  if (!foreign) cursor.expect('PRIMARY');
  cursor.expect('KEY');
  cursor.parenthesized(() => cursor.list(() => cursor.name()));
  if (foreign) {
    if (!cursor.take('REFERENCES')) throw cursor.unexpected('keyword REFERENCES');
    parsePath(cursor);
    cursor.parenthesized(() => cursor.list(() => cursor.name()));
  }
  cursor.expect('NOT', 'ENFORCED');
}

function parseColumn(cursor: Cursor): ColumnNode {
  const { at } = cursor;
  const name = cursor.name();
  const type = parseType(cursor);
  if (cursor.is('COLLATE')) throw cursor.error('COLLATE is not supported');
  const value = cursor.take('DEFAULT') ? parseDefault(cursor) : undefined;
  const notNull = cursor.take('NOT', 'NULL');
  return { at, name, type, notNull, options: parseOptions(cursor), ...(value && { default: value }) };
}

function parseDefault(cursor: Cursor): { value: Expression; text: string } {
  const start = cursor.at;
  const value = parseExpression(cursor);
  return { value, text: cursor.source.slice(start, cursor.lastEnd) };
}

function parsePartitioning(cursor: Cursor): Pick<CreateTable, 'partitionBy' | 'clusterBy'> {
  const partitionBy = cursor.take('PARTITION', 'BY') ? parseExpression(cursor) : undefined;
  const clusterBy = cursor.take('CLUSTER', 'BY') ? cursor.list(() => cursor.name()) : undefined;
  return { ...(partitionBy && { partitionBy }), ...(clusterBy && { clusterBy }) };
}

function parseOptions(cursor: Cursor): Options {
  const options: Record<string, Expression> = {};
  if (!cursor.take('OPTIONS')) return options;
  cursor.parenthesized(() => {
    if (cursor.isSymbol(')')) return;
    cursor.list(() => {
      const name = cursor.name().toLowerCase();
      cursor.expectSymbol('=');
      options[name] = parseExpression(cursor);
    });
  });
  return options;
}

export function parseDrop(cursor: Cursor, at: number): Statement {
  const kinds = ['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SCHEMA'] as const;
  const what = kinds.find((kind) => cursor.take(...kind.split(' ')));
  if (!what) throw cursor.error(`DROP ${cursor.token.text.toUpperCase()} is not supported`);
  const ifExists = cursor.take('IF', 'EXISTS');
  const path = parsePath(cursor);
  const cascade = cursor.take('CASCADE');
  if (!cascade) cursor.take('RESTRICT');
  return { statement: 'drop', at, what, path, ifExists, cascade };
}

export function parseAlter(cursor: Cursor, at: number): Statement {
  if (!cursor.take('TABLE') && !cursor.take('VIEW'))
    throw cursor.error(`ALTER ${cursor.token.text.toUpperCase()} is not supported`);
  const ifExists = cursor.take('IF', 'EXISTS');
  const table = parsePath(cursor);
  return { statement: 'alter', at, table, ifExists, actions: cursor.list(() => parseAction(cursor)) };
}

function parseAction(cursor: Cursor): AlterAction {
  if (cursor.take('ADD', 'COLUMN')) {
    const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
    return { action: 'add', ifNotExists, column: parseColumn(cursor) };
  }
  if (cursor.take('DROP', 'COLUMN')) {
    const ifExists = cursor.take('IF', 'EXISTS');
    return { action: 'drop', ifExists, name: cursor.name() };
  }
  if (cursor.take('RENAME', 'COLUMN')) {
    const ifExists = cursor.take('IF', 'EXISTS');
    const name = cursor.name();
    cursor.expect('TO');
    return { action: 'rename', ifExists, name, to: cursor.name() };
  }
  if (cursor.take('RENAME', 'TO')) return { action: 'renameTable', to: cursor.name() };
  if (cursor.take('SET')) return { action: 'options', options: parseOptions(cursor) };
  if (cursor.take('ALTER', 'COLUMN')) return parseAlterColumn(cursor);
  throw cursor.unexpected();
}

function parseAlterColumn(cursor: Cursor): AlterAction {
  const name = cursor.name();
  if (cursor.take('DROP', 'NOT', 'NULL')) return { action: 'dropNotNull', name };
  if (cursor.take('DROP', 'DEFAULT')) return { action: 'default', name };
  if (cursor.take('SET', 'DEFAULT')) return { action: 'default', name, default: parseDefault(cursor) };
  if (cursor.take('SET', 'DATA', 'TYPE')) return { action: 'type', name, type: parseType(cursor) };
  cursor.expect('SET');
  return { action: 'columnOptions', name, options: parseOptions(cursor) };
}
