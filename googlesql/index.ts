/** GoogleSQL: parsed, names and types found, printed as DuckDB's SQL. */

export { type Confined, confine, type GivenTable, placeOf } from './confine.ts';
export { BigQueryError, type ErrorProto, type ErrorReason, SqlError } from './errors.ts';
export type { Expression, Query, TypeNode } from './sql/ast.ts';
export type {
  AlterAction,
  Assignment,
  ColumnNode,
  CreateTable,
  MergeClause,
  Options,
  Statement,
} from './sql/ast-statements.ts';
export { type Catalog, Context, type TableSource } from './sql/context.ts';
export { condition, translate, typeOf } from './sql/expression.ts';
export { translateFrom } from './sql/from.ts';
export { bytesSql, integer, jsonLiteral } from './sql/literals.ts';
export { parseLoneExpression, parseStatement } from './sql/parser.ts';
export { type Column, type OutputColumn, type Range, Scope } from './sql/scope.ts';
export { filtered } from './sql/select.ts';
export { checkFilters, type Selection, translateSelection } from './sql/selection.ts';
export {
  arrayLiteral,
  coerce,
  describe,
  fieldSql,
  NULL,
  nullOf,
  numericLiteral,
  structOf,
  type Typed,
  temporal,
} from './sql/typed.ts';
export {
  arrayOf,
  BOOL,
  BYTES,
  DATE,
  FLOAT64,
  fieldOfType,
  INT64,
  quoteName,
  quoteText,
  type SchemaField,
  type SqlType,
  STRING,
  sameName,
  scalarByName,
  storedField,
  storedType,
  TIMESTAMP,
  typeName,
  typeOfField,
} from './sql/types.ts';
