import type { Dataset } from '../datasets.collection.ts';
import { quoted } from '../sql.ts';
import { isNumeric } from './fits.ts';
import type { Rule } from './rules.collection.ts';

type Column = Dataset['columns'][number];

/** Puts a value among the parameters of a statement, and answers its place there: `$1`. */
export type Bind = (value: string | number) => string;

/** The other dataset's column that `referential` looks in. */
export interface Target {
  readonly relation: string;
  readonly column: Column;
}

/** Parameters in the order in which they were bound. */
export function parameters(): { readonly bind: Bind; readonly values: (string | number)[] } {
  const values: (string | number)[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

/** Whether a column is empty: a text of blanks is. */
export const isEmpty = ({ name, type }: Column): string =>
  type === 'string' ? `coalesce(trim(${quoted(name)}), '') = ''` : `${quoted(name)} IS NULL`;

/**
 * What SQL says of a row of `rows` that breaks a rule; NULL counts as not. Empty values break `not-null` only. Undefined
 * for kinds that are not about single rows.
 */
export function breaks(
  rule: Rule,
  column: (name: string) => Column,
  bind: Bind,
  target?: Target,
): string | undefined {
  const { kind, columns = [], values = [], pattern = '' } = rule;
  if (kind === 'unique') return isRepeated(columns.map(quoted));
  if (kind === 'row-count' || kind === 'drift' || kind === 'freshness') return undefined;
  const own = column(rule.column ?? '');
  const name = quoted(own.name);
  if (kind === 'not-null') return isEmpty(own);
  if (kind === 'range') return beyond(rule, own, bind);
  if (kind === 'pattern') return `NOT regexp_full_match(${name}::VARCHAR, ${bind(pattern)})`;
  if (kind === 'accepted-values') {
    const accepted = values.map((value) => (isNumeric(own) ? `${bind(value)}::DOUBLE` : bind(value)));
    return `${isNumeric(own) ? name : `${name}::VARCHAR`} NOT IN (${accepted.join(', ')})`;
  }
  if (!target) return undefined;
  const type = isNumeric(own) && isNumeric(target.column) ? 'DOUBLE' : 'VARCHAR';
  const there = `${quoted(target.column.name)}::${type}`;
  return `${name} IS NOT NULL AND ${name}::${type} NOT IN (SELECT ${there} FROM ${target.relation} WHERE ${there} IS NOT NULL)`;
}

function beyond({ min, max }: Rule, { name, type }: Column, bind: Bind): string {
  const cast = isNumeric({ type }) ? 'DOUBLE' : 'TIMESTAMP';
  const compare = (operator: string, limit: string | number | undefined): string[] =>
    limit === undefined ? [] : [`${quoted(name)}::${cast} ${operator} ${bind(limit)}::${cast}`];
  return `(${[...compare('<', min), ...compare('>', max)].join(' OR ')})`;
}

/** Rows whose key others have too; as in SQL, a key with an empty part is like no other. */
function isRepeated(names: readonly string[]): string {
  const key = names.length === 1 ? names.join() : `row(${names.join(', ')})`;
  const filled = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  return `(${filled}) AND ${key} IN (SELECT ${key} FROM rows WHERE ${filled} GROUP BY ${names.join(', ')} HAVING count(*) > 1)`;
}

/** What `drift` measures over some rows: a mean, or a share in percent. */
export function measureOf({ measure, value = '' }: Rule, own: Column, bind: Bind): string {
  if (measure === 'mean') return `${quoted(own.name)}::DOUBLE`;
  if (measure === 'empty-share') return `(CASE WHEN ${isEmpty(own)} THEN 100.0 ELSE 0 END)::DOUBLE`;
  const hit = isNumeric(own)
    ? `${quoted(own.name)}::DOUBLE = try_cast(${bind(value)} AS DOUBLE)`
    : `${quoted(own.name)}::VARCHAR = ${bind(value)}`;
  return `(CASE WHEN ${hit} THEN 100.0 ELSE 0 END)::DOUBLE`;
}
