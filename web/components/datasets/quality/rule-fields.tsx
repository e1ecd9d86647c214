'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormContext, useWatch } from 'react-hook-form';
import type { Dataset, DatasetColumn } from '@/client/datasets';
import { MEASURES, type RuleKind } from '@/client/quality';
import { Field, Input, Select, Textarea } from '@/components/ui/field';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { hasNumbers, PARAMETERS, type RuleValues } from './rule-values';
import { TargetFields } from './target-fields';

interface Props {
  readonly dataset: Dataset;
  readonly kind: RuleKind;
}

/** What a rule of this kind needs to know. */
export function RuleFields({ dataset, kind }: Props): ReactNode {
  const t = useTranslations('quality');
  const forms = useTranslations('forms');
  const { control, register } = useFormContext<RuleValues>();
  const [column, measure] = useWatch({ control, name: ['column', 'measure'] });
  const type = dataset.columns.find(({ name }) => name === column)?.type;
  const asks = (parameter: (typeof PARAMETERS)[RuleKind][number]): boolean =>
    PARAMETERS[kind].includes(parameter);
  const optional = forms('optional');
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        {asks('column') ? <ColumnField columns={dataset.columns} kind={kind} /> : null}
        {asks('measure') ? (
          <Labelled name="measure" label={t('measure')}>
            {(field) => (
              <Select {...field} {...register('measure')}>
                {MEASURES.map((value) => (
                  <option key={value} value={value}>
                    {t(`measures.${value}`)}
                  </option>
                ))}
              </Select>
            )}
          </Labelled>
        ) : null}
        {asks('value') && measure === 'value-share' ? <Text name="value" label={t('value')} /> : null}
        {(['min', 'max'] as const).filter(asks).map((name) => (
          <Limit key={name} name={name} numeric={hasNumbers(kind, type)} timed={type === 'timestamp'} />
        ))}
        {asks('maxChange') ? (
          <Text
            name="maxChange"
            label={t('maxChange')}
            numeric
            optional={kind === 'row-count' ? optional : ''}
          />
        ) : null}
        {asks('hours') ? <Text name="hours" label={t('hours')} numeric /> : null}
        {asks('pattern') ? <Text name="pattern" label={t('pattern')} hint={t('patternHint')} code /> : null}
        {asks('tolerance') ? (
          <Text
            name="tolerance"
            label={t('tolerance')}
            hint={t('toleranceHint')}
            numeric
            optional={optional}
          />
        ) : null}
      </div>
      {asks('columns') ? <ColumnsField columns={dataset.columns} /> : null}
      {asks('values') ? (
        <Labelled name="values" label={t('values')} hint={t('valuesHint')}>
          {(field) => (
            <Textarea
              {...field}
              dir="auto"
              rows={5}
              {...register('values', { required: forms('required') })}
            />
          )}
        </Labelled>
      ) : null}
      {asks('target') ? <TargetFields /> : null}
    </>
  );
}

type Name = Exclude<keyof RuleValues, 'target' | 'columns'>;

interface LabelledProps {
  readonly name: Name;
  readonly label: string;
  readonly hint?: string;
  readonly optional?: string;
  readonly children: Parameters<typeof Field>[0]['children'];
}

/** A field with what is wrong with it. */
function Labelled({ name, label, hint, optional, children }: LabelledProps): ReactNode {
  const { getFieldState, formState } = useFormContext<RuleValues>();
  const error = getFieldState(name, formState).error?.message;
  return (
    <Field
      label={label}
      {...(hint ? { hint } : {})}
      {...(optional ? { optional } : {})}
      {...(error ? { error } : {})}
    >
      {children}
    </Field>
  );
}

interface TextProps extends Omit<LabelledProps, 'children'> {
  readonly numeric?: boolean;
  readonly code?: boolean;
}

function Text({ name, numeric, code, ...labelled }: TextProps): ReactNode {
  const forms = useTranslations('forms');
  const { register } = useFormContext<RuleValues>();
  const rules = {
    ...(labelled.optional ? {} : { required: forms('required') }),
    ...(numeric ? { validate: (typed: unknown) => Number.isFinite(Number(typed)) || forms('number') } : {}),
  };
  return (
    <Labelled name={name} {...labelled}>
      {(field) => (
        <Input
          {...field}
          {...(numeric ? { inputMode: 'decimal', dir: 'ltr' } : {})}
          {...(code ? { dir: 'ltr', className: 'font-mono', spellCheck: false, autoComplete: 'off' } : {})}
          {...register(name, rules)}
        />
      )}
    </Labelled>
  );
}

/** A number, or a date or a time (UTC) where the column holds such. */
function Limit({
  name,
  numeric,
  timed,
}: {
  readonly name: 'min' | 'max';
  readonly numeric: boolean;
  readonly timed: boolean;
}): ReactNode {
  const t = useTranslations('quality');
  const optional = useTranslations('forms')('optional');
  const { register } = useFormContext<RuleValues>();
  if (numeric) return <Text name={name} label={t(name)} numeric optional={optional} />;
  return (
    <Labelled name={name} label={timed ? `${t(name)} (UTC)` : t(name)} optional={optional}>
      {(field) => <Input {...field} type={timed ? 'datetime-local' : 'date'} {...register(name)} />}
    </Labelled>
  );
}

/** Columns that a rule of this kind can look at. */
function ColumnField({
  columns,
  kind,
}: {
  readonly columns: readonly DatasetColumn[];
  readonly kind: RuleKind;
}): ReactNode {
  const t = useTranslations('quality');
  const forms = useTranslations('forms');
  const { register } = useFormContext<RuleValues>();
  const fitting =
    kind === 'range'
      ? columns.filter(({ type }) => ['integer', 'number', 'date', 'timestamp'].includes(type))
      : columns;
  return (
    <Labelled name="column" label={t('column')}>
      {(field) => (
        <Select {...field} dir="ltr" {...register('column', { required: forms('required') })}>
          <option value="">{t('choose')}</option>
          {fitting.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Labelled>
  );
}

function ColumnsField({ columns }: { readonly columns: readonly DatasetColumn[] }): ReactNode {
  const t = useTranslations('quality');
  const forms = useTranslations('forms');
  const { register, getFieldState, formState } = useFormContext<RuleValues>();
  const error = getFieldState('columns', formState).error?.message;
  const validate = (chosen: readonly string[]): string | true => chosen.length > 0 || forms('required');
  return (
    <fieldset className="grid grid-cols-[minmax(0,1fr)] gap-1.5">
      <legend className="mb-1.5 font-medium text-[0.8125rem]">{t('columns')}</legend>
      <p className="text-faint text-xs">{t('columnsHint')}</p>
      <ScrollRegion label={t('columns')} className="max-h-44 rounded-lg border py-1">
        {columns.map(({ name }) => (
          <label key={name} className="flex items-center gap-2.5 px-3 py-1 hover:bg-ink/4 max-md:py-2">
            <input
              type="checkbox"
              value={name}
              className="size-4 accent-(--accent)"
              {...register('columns', { validate })}
            />
            <code dir="ltr" className="truncate font-mono text-[0.8125rem]">
              {name}
            </code>
          </label>
        ))}
      </ScrollRegion>
      {error ? (
        <p role="alert" className="text-[0.8125rem] text-bad">
          {error}
        </p>
      ) : null}
    </fieldset>
  );
}
