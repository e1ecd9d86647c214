import { columnOf, partsOf } from './columns.ts';
import type { CompileContext } from './compile/conditions.ts';
import type { AnswerColumn } from './compile/query.ts';
import { minorDigits, toMajor } from './money.ts';
import { isDataset } from './sources.ts';

/** One column of an answer. Money is in major units of `currency`, which is null when a `currency` column tells it by row; percent is a share, 0.25 for 25 %. */
export interface ResultColumn {
  readonly name: string;
  readonly label: string;
  readonly type: 'time' | 'text' | 'number' | 'boolean' | 'money' | 'percent';
  readonly currency?: string | null;
}

export type ResultRow = Record<string, string | number | boolean | null>;

const LABELS = { metric: '', previous: ' before', change: ' change' } as const;

/** @param currency undefined without money, null when each row tells its own */
export function describeColumn(
  { catalogue }: Pick<CompileContext, 'catalogue'>,
  column: AnswerColumn,
  currency: string | null | undefined,
): ResultColumn {
  const { name } = column;
  if (column.kind === 'period') return { name, label: 'Period', type: 'time' };
  if (!('metric' in column)) return { name, label: titleOf(name), type: dimensionType(catalogue, name) };
  const { label, format } = column.metric;
  const labelled = { name, label: `${label}${LABELS[column.kind]}` };
  if (column.kind === 'change') return { ...labelled, type: 'percent' };
  return format === 'money'
    ? { ...labelled, type: 'money', currency: currency ?? null }
    : { ...labelled, type: format };
}

/** `customer-name` → `Customer name` */
export const titleOf = (name: string): string =>
  name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');

function dimensionType(catalogue: CompileContext['catalogue'], name: string): ResultColumn['type'] {
  for (const metric of catalogue.metrics.values())
    for (const part of partsOf(catalogue, metric)) {
      const path = part.dimensions[name];
      if (path === undefined) continue;
      const { type } = columnOf(catalogue, part, path);
      if (type === 'integer' || type === 'number') return 'number';
      return type === 'boolean' ? 'boolean' : 'text';
    }
  return 'text';
}

/** A row of the warehouse as callers see it. */
export function publicRow(
  { catalogue }: Pick<CompileContext, 'catalogue'>,
  row: Readonly<Record<string, unknown>>,
  columns: readonly AnswerColumn[],
  currency: string | null | undefined,
): ResultRow {
  const currencyAlias = columns.find(({ kind, name }) => kind === 'dimension' && name === 'currency')?.alias;
  const rowCurrency = currency ?? (currencyAlias === undefined ? undefined : row[currencyAlias]) ?? '';
  return Object.fromEntries(
    columns.map((column) => {
      const value = (row[column.alias] ?? null) as string | number | boolean | null;
      if (!('metric' in column) || value === null) return [column.name, value];
      const isMoney = column.kind !== 'change' && column.metric.format === 'money';
      if (!isMoney) return [column.name, Number(value)];
      // Files hold amounts as people write them; records hold minor units.
      const [part] = partsOf(catalogue, column.metric);
      const minor = part !== undefined && !isDataset(part.source);
      return [
        column.name,
        minor ? toMajor(Number(value), String(rowCurrency)) : rounded(Number(value), String(rowCurrency)),
      ];
    }),
  );
}

const rounded = (major: number, currency: string): number => {
  const digits = minorDigits(currency);
  return Number(major.toFixed(digits));
};
