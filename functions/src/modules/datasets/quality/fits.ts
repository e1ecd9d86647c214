import type { FieldError } from '../../../kernel/errors.ts';
import type { Dataset } from '../datasets.collection.ts';
import type { RuleDefinition, RuleKind } from './rules.collection.ts';

type Column = Dataset['columns'][number];
type Parameter = keyof RuleDefinition;

interface Needs {
  readonly required: readonly Parameter[];
  readonly allowed?: readonly Parameter[];
  /** At least one of these. */
  readonly some?: readonly Parameter[];
}

/** What each kind of rule is made of, beside what all have. */
const NEEDS: Readonly<Record<RuleKind, Needs>> = {
  'not-null': { required: ['column'], allowed: ['tolerance'] },
  unique: { required: ['columns'], allowed: ['tolerance'] },
  range: { required: ['column'], some: ['min', 'max'], allowed: ['tolerance'] },
  'accepted-values': { required: ['column', 'values'], allowed: ['tolerance'] },
  pattern: { required: ['column', 'pattern'], allowed: ['tolerance'] },
  referential: { required: ['column', 'target'], allowed: ['tolerance'] },
  'row-count': { required: [], some: ['min', 'max', 'maxChange'] },
  drift: { required: ['column', 'measure', 'maxChange'], allowed: ['value'] },
  freshness: { required: ['hours'] },
};
const PARAMETERS: readonly Parameter[] = [
  'column',
  'columns',
  'tolerance',
  'min',
  'max',
  'values',
  'pattern',
  'target',
  'measure',
  'value',
  'maxChange',
  'hours',
];

export const isNumeric = ({ type }: Pick<Column, 'type'>): boolean => type === 'integer' || type === 'number';

/** Why a rule cannot be checked on columns; empty when it can. */
export function misfits(
  rule: RuleDefinition,
  columns: readonly Column[],
  target: readonly Column[] | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (path: string, message: string, code: string): void =>
    void errors.push({ path, message, code });
  const { required, allowed = [], some = [] } = NEEDS[rule.kind];
  for (const name of required)
    if (rule[name] === undefined) refuse(name, `A rule of this kind needs ${name}.`, 'required');
  if (some.length > 0 && some.every((name) => rule[name] === undefined))
    refuse(some[0] ?? '', `A rule of this kind needs ${some.join(' or ')}.`, 'required');
  for (const name of PARAMETERS)
    if (rule[name] !== undefined && ![...required, ...allowed, ...some].includes(name))
      refuse(name, `A rule of this kind has no ${name}.`, 'not_of_this_kind');
  if (rule.blocking && (rule.severity !== 'error' || rule.kind === 'freshness'))
    refuse('blocking', 'Only errors that a load can be at fault for keep it out.', 'bad_value');
  const known = new Map(columns.map((column) => [column.name, column]));
  for (const [index, name] of (rule.columns ?? []).entries())
    if (!known.has(name)) refuse(`columns.${index}`, `The dataset has no column ${name}.`, 'unknown_column');
  const column = known.get(rule.column ?? '');
  if (rule.column !== undefined && !column)
    refuse('column', `The dataset has no column ${rule.column}.`, 'unknown_column');
  if (rule.target && !target?.some(({ name }) => name === rule.target?.column))
    refuse('target', 'There is no such column to look in.', 'unknown_column');
  if (errors.length === 0) judgeValues(rule, column, refuse);
  return errors;
}

/** Whether limits and values are of the column's type. */
function judgeValues(
  rule: RuleDefinition,
  column: Column | undefined,
  refuse: (path: string, message: string, code: string) => void,
): void {
  const { kind, measure, value, values = [] } = rule;
  const limits = (['min', 'max'] as const).flatMap((path) => {
    const limit = rule[path];
    return limit === undefined ? [] : [{ path, limit }];
  });
  if (kind === 'row-count')
    for (const { path, limit } of limits)
      if (typeof limit !== 'number' || limit < 0) refuse(path, 'Give a number of rows.', 'bad_value');
  if (kind === 'range' && column)
    for (const { path, limit } of limits) {
      const ofTime = column.type === 'date' || column.type === 'timestamp';
      if (isNumeric(column) ? typeof limit !== 'number' : !ofTime || !isMoment(limit))
        refuse(path, `This is no limit for a column of type ${column.type}.`, 'bad_value');
    }
  if (column && isNumeric(column))
    for (const [index, text] of values.entries())
      if (!isNumber(text)) refuse(`values.${index}`, 'This is no number.', 'bad_value');
  if (kind !== 'drift' || !column) return;
  if (measure === 'mean' && !isNumeric(column)) refuse('measure', 'Only numbers have a mean.', 'bad_value');
  if ((measure === 'value-share') !== (value !== undefined))
    refuse('value', 'A share of rows with a value needs the value, and nothing else does.', 'bad_value');
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));
/** A date, or a time of UTC, that exists: 30 February is none. */
function isMoment(limit: string | number): boolean {
  const [, date = ''] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?Z?)?$/.exec(
      String(limit),
    ) ?? [];
  const time = Date.parse(`${date}T00:00:00Z`);
  return date !== '' && !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}
