import { MEASURES, type Measure, type Rule, type RuleDefinition, type RuleKind } from '@/client/quality';

/** What the form of a rule holds; numbers are texts as somebody types them. */
export interface RuleValues {
  name: string;
  kind: RuleKind;
  column: string;
  columns: string[];
  /** Percent. */
  tolerance: string;
  min: string;
  max: string;
  /** One a line. */
  values: string;
  pattern: string;
  target: { datasetId: string; column: string };
  measure: Measure;
  value: string;
  maxChange: string;
  hours: string;
  severity: Rule['severity'];
  blocking: boolean;
}

type Parameter = Exclude<keyof RuleValues, 'name' | 'kind' | 'severity' | 'blocking'>;

/** What each kind of rule asks for, in the order of the form. */
export const PARAMETERS: Readonly<Record<RuleKind, readonly Parameter[]>> = {
  'not-null': ['column', 'tolerance'],
  unique: ['columns', 'tolerance'],
  range: ['column', 'min', 'max', 'tolerance'],
  'accepted-values': ['column', 'values', 'tolerance'],
  pattern: ['column', 'pattern', 'tolerance'],
  referential: ['column', 'target', 'tolerance'],
  'row-count': ['min', 'max', 'maxChange'],
  drift: ['column', 'measure', 'value', 'maxChange'],
  freshness: ['hours'],
};

const text = (value: number | string | undefined): string => (value === undefined ? '' : String(value));

export const ruleValues = (rule?: Partial<Rule>): RuleValues => ({
  name: rule?.name ?? '',
  kind: rule?.kind ?? 'not-null',
  column: rule?.column ?? '',
  columns: [...(rule?.columns ?? [])],
  tolerance: rule?.tolerance === undefined ? '' : String(Number((rule.tolerance * 100).toPrecision(12))),
  min: text(rule?.min),
  max: text(rule?.max),
  values: rule?.values?.join('\n') ?? '',
  pattern: rule?.pattern ?? '',
  target: { datasetId: rule?.target?.datasetId ?? '', column: rule?.target?.column ?? '' },
  measure: rule?.measure ?? MEASURES[0],
  value: rule?.value ?? '',
  maxChange: text(rule?.maxChange),
  hours: text(rule?.hours),
  severity: rule?.severity ?? 'error',
  blocking: rule?.blocking ?? false,
});

/** Whether limits are numbers; those of other columns are dates and times. */
export const hasNumbers = (kind: RuleKind, type: string | undefined): boolean =>
  kind === 'row-count' || type === 'integer' || type === 'number';

/** A rule as the API takes it; null where it had something before and has not any more. */
export function ruleData(values: RuleValues, type: string | undefined): Record<string, unknown> {
  const { kind, name, severity, blocking } = values;
  const number = (typed: string): number | undefined => (typed.trim() === '' ? undefined : Number(typed));
  const limit = (typed: string): number | string | undefined =>
    hasNumbers(kind, type) ? number(typed) : typed || undefined;
  const tolerance = number(values.tolerance);
  const all: Required<Record<Parameter, unknown>> = {
    column: values.column,
    columns: values.columns,
    tolerance: tolerance === undefined ? undefined : tolerance / 100,
    min: limit(values.min),
    max: limit(values.max),
    values: [...new Set(values.values.split('\n').map((line) => line.trim()))].filter(Boolean),
    pattern: values.pattern,
    target: values.target,
    measure: values.measure,
    value: values.measure === 'value-share' ? values.value : undefined,
    maxChange: number(values.maxChange),
    hours: number(values.hours),
  };
  const parameters = Object.entries(all).map(([parameter, value]) => {
    const used = PARAMETERS[kind].includes(parameter as Parameter);
    return [parameter, used ? (value ?? null) : null];
  });
  return {
    name: name.trim(),
    kind,
    severity,
    blocking: severity === 'error' && kind !== 'freshness' && blocking,
    ...Object.fromEntries(parameters),
  };
}

/** Without what is null, which only a patch may say. */
export const withoutNulls = (data: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

/** The columns a rule is about, as one reads them. */
export const columnsOf = ({ column, columns = [] }: RuleDefinition): string =>
  [...columns, ...(column === undefined ? [] : [column])].join(', ');
