import { translateAggregate } from './aggregates.ts';
import type { Expression, Pivot, Unpivot } from './ast.ts';
import type { Context } from './context.ts';
import { translate } from './expression.ts';
import type { FromResult } from './from.ts';
import { type Column, Scope } from './scope.ts';
import { type Typed, unify } from './typed.ts';
import { quoteText, STRING, sameName } from './types.ts';

/** One aggregate a value of the column; what neither names is grouped by. */
export function pivot(item: Pivot, input: FromResult, parent: Scope, context: Context): FromResult {
  const scope = new Scope(input, parent);
  const column = translate(item.column, scope, context);
  const used = new Set([item.column, ...item.aggregates.map(({ call }) => call)].flatMap(namesIn));
  const keys = input.star.filter(({ name }) => !used.has(name.toLowerCase()));
  const outputs: { name: string; value: Typed }[] = keys.map((key) => ({ name: key.name, value: key }));
  for (const { value, alias } of item.values) {
    const [left, right] = unify([column, translate(value, new Scope({}), context)], 'PIVOT');
    const suffix = alias ?? valueName(value, context);
    for (const { call, alias: prefix } of item.aggregates) {
      if (call.node !== 'call')
        throw context.error('PIVOT expression must be an aggregate function call', call);
      const result = translateAggregate(
        call,
        scope,
        context,
        `${left?.sql} IS NOT DISTINCT FROM ${right?.sql}`,
      );
      if (!result) throw context.error('PIVOT expression must be an aggregate function call', call);
      outputs.push({ name: prefix ? `${prefix}_${suffix}` : suffix, value: result });
    }
  }
  const group = keys.length > 0 ? ` GROUP BY ${keys.map(({ sql }) => sql).join(', ')}` : '';
  const sql = `SELECT ${outputs.map(({ value }, index) => `${value.sql} AS c${index}`).join(', ')} FROM ${input.sql}${group}`;
  return derived(sql, outputs, item.alias, context);
}

function derived(
  sql: string,
  outputs: readonly { name: string; value: Typed }[],
  name = '',
  context: Context,
): FromResult {
  const alias = context.freshAlias();
  const columns = outputs.map(
    ({ name: column, value }, index): Column => ({
      name: column,
      sql: `${alias}.c${index}`,
      type: value.type,
      atom: true,
    }),
  );
  return { sql: `(${sql}) AS ${alias}`, ranges: [{ name, columns }], merged: [], star: columns };
}

function valueName(value: Expression, context: Context): string {
  if (value.node === 'literal' && value.kind === 'null') return 'NULL';
  const text = value.node === 'literal' || value.node === 'typedLiteral' ? value.value : undefined;
  if (text === undefined) throw context.error('A PIVOT value that is no literal needs an alias', value);
  const name = text.replace(/^-/, 'minus_').replace(/\./g, '_point_').replace(/\W/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}

/** Every name in an expression, in lower case. */
function namesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('node' in node && node.node === 'name' && 'name' in node) return [String(node.name).toLowerCase()];
  if ('node' in node && node.node === 'field' && 'of' in node && 'name' in node)
    return [String(node.name).toLowerCase(), ...namesIn(node.of)];
  return Object.values(node).flatMap(namesIn);
}

/** Columns become rows; the others are repeated. */
export function unpivot(item: Unpivot, input: FromResult, parent: Scope, context: Context): FromResult {
  const scope = new Scope(input, parent);
  const groups = item.columns.map(({ names, alias }) => ({
    values: names.map((name) => translate({ node: 'name', at: item.at, name }, scope, context)),
    label: alias ? translate(alias, new Scope({}), context) : label(names.join('_')),
  }));
  const unified = item.values.map((_, index) =>
    unify(
      groups.map(({ values }) => values[index] ?? label('')),
      'UNPIVOT',
    ),
  );
  const labels = unify(
    groups.map((group) => group.label),
    'UNPIVOT',
  );
  const spent = new Set(item.columns.flatMap(({ names }) => names.map((name) => name.toLowerCase())));
  const kept = input.star.filter(({ name }) => !spent.has(name.toLowerCase()));
  const alias = context.freshAlias();
  const rows = groups.map(
    (_, row) =>
      `(${[...unified.map((values) => values[row]), labels[row]].map((value) => value?.sql).join(', ')})`,
  );
  const names = [...item.values.map((_, index) => `v${index}`), 'n'];
  const filter = item.includeNulls
    ? ''
    : ` WHERE ${item.values.map((_, index) => `${alias}.v${index} IS NOT NULL`).join(' OR ')}`;
  const outputs = [
    ...kept.map((value) => ({ name: value.name, value })),
    ...item.values.map((name, index) => ({
      name,
      value: { sql: `${alias}.v${index}`, type: unified[index]?.[0]?.type ?? STRING },
    })),
    { name: item.name, value: { sql: `${alias}.n`, type: labels[0]?.type ?? STRING } },
  ];
  if (outputs.some((one, index) => outputs.findIndex(({ name }) => sameName(name, one.name)) !== index))
    throw context.error('UNPIVOT makes two columns of one name', item);
  const columns = outputs.map(({ value }, index) => `${value.sql} AS c${index}`).join(', ');
  const sql = `SELECT ${columns} FROM ${input.sql} CROSS JOIN LATERAL (VALUES ${rows.join(', ')}) AS ${alias}(${names.join(', ')})${filter}`;
  return derived(sql, outputs, item.alias, context);
}

const label = (text: string): Typed => ({ sql: quoteText(text), type: STRING, literal: text, atom: true });
