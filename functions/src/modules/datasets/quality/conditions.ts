import type { Dataset } from '../datasets.collection.ts';
import type { Dialect } from '../sql.ts';
import { isNumeric } from './fits.ts';
import type { Rule } from './rules.collection.ts';

type Column = Dataset['columns'][number];

/** What conditions are written with. */
export interface Writing {
  readonly dialect: Dialect;
  /** Puts a value among the parameters of the statement, and answers its place there: `$1`. */
  bind(value: string | number): string;
  /** Throws a Problem for a name that is none. */
  column(name: string | undefined): Column;
}

/** The other dataset's column that `referential` looks in. */
export interface Target {
  readonly relation: string;
  readonly column: Column;
}

/** A statement's parameters, in the order in which they were bound. */
export function parameters(): {
  readonly bind: Writing['bind'];
  readonly values: (string | number)[];
} {
  const values: (string | number)[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

const as = ({ dialect }: Writing, expression: string, type: Column['type']): string =>
  `CAST(${expression} AS ${dialect.typeName(type)})`;

const nameOf = ({ dialect }: Writing, { name }: Column): string => dialect.quote(name);

/** A column as what its values are compared as: numbers as such, all else as text. */
const comparable = (writing: Writing, column: Column): string =>
  as(writing, nameOf(writing, column), isNumeric(column) ? 'number' : 'string');

/** Whether a column is empty: a text of blanks is. */
const isEmpty = (writing: Writing, column: Column): string =>
  column.type === 'string'
    ? `coalesce(trim(${nameOf(writing, column)}), '') = ''`
    : `${nameOf(writing, column)} IS NULL`;

/**
 * What SQL says of a row that breaks a rule, as a column beside the others; NULL counts as not. Empty values break
 * `not-null` only. Undefined for kinds that are not about single rows.
 */
export function breaks(rule: Rule, writing: Writing, target?: Target): string | undefined {
  const { kind, columns = [], values = [], pattern = '' } = rule;
  if (kind === 'unique') return isRepeated(writing, columns);
  if (kind === 'row-count' || kind === 'drift' || kind === 'freshness') return undefined;
  const own = writing.column(rule.column);
  if (kind === 'not-null') return isEmpty(writing, own);
  if (kind === 'range') return isBeyond(rule, own, writing);
  if (kind === 'pattern')
    return `NOT ${writing.dialect.matches(as(writing, nameOf(writing, own), 'string'), writing.bind(pattern))}`;
  if (kind === 'accepted-values') {
    const accepted = values.map((value) => writing.bind(isNumeric(own) ? Number(value) : value));
    return `${comparable(writing, own)} NOT IN (${accepted.join(', ')})`;
  }
  if (!target) return undefined;
  const type = isNumeric(own) && isNumeric(target.column) ? 'number' : 'string';
  const here = as(writing, nameOf(writing, own), type);
  const there = as(writing, nameOf(writing, target.column), type);
  return `${here} IS NOT NULL AND ${here} NOT IN (SELECT ${there} FROM ${target.relation} WHERE ${there} IS NOT NULL)`;
}

function isBeyond({ min, max }: Rule, column: Column, writing: Writing): string {
  const type = isNumeric(column) ? 'number' : 'timestamp';
  const value = as(writing, nameOf(writing, column), type);
  const compare = (operator: string, limit: string | number | undefined): string[] =>
    limit === undefined ? [] : [`${value} ${operator} ${as(writing, writing.bind(limit), type)}`];
  return `(${[...compare('<', min), ...compare('>', max)].join(' OR ')})`;
}

/** Rows whose key others have too; as in SQL, a key with an empty part is like no other. */
function isRepeated(writing: Writing, names: readonly string[]): string {
  const columns = names.map((name) => writing.column(name));
  const filled = columns.map((column) => `${nameOf(writing, column)} IS NOT NULL`).join(' AND ');
  // As text, since numbers with decimals are no keys of BigQuery.
  const key = columns.map((column) => as(writing, nameOf(writing, column), 'string')).join(', ');
  return `${filled} AND count(*) OVER (PARTITION BY ${key}) > 1`;
}

/** What `drift` measures of a row: a number, or 100 where it is one of the share and 0 where it is not. */
export function measureOf(rule: Rule, writing: Writing): string {
  const own = writing.column(rule.column);
  if (rule.measure === 'mean') return as(writing, nameOf(writing, own), 'number');
  return `CASE WHEN ${rule.measure === 'empty-share' ? isEmpty(writing, own) : hasValue(rule, own, writing)} THEN 100.0 ELSE 0.0 END`;
}

function hasValue({ value = '' }: Rule, own: Column, writing: Writing): string {
  if (!isNumeric(own)) return `${comparable(writing, own)} = ${writing.bind(value)}`;
  // A text that is no number is the value of no row.
  return Number.isFinite(Number(value))
    ? `${comparable(writing, own)} = ${writing.bind(Number(value))}`
    : 'false';
}
