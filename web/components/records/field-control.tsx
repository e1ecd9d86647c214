'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Controller, useFormContext, useWatch } from 'react-hook-form';
import type { CollectionInfo, Field as FieldInfo } from '@/client/collections';
import { collectionNamed } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { parseMoney } from '@/client/money';
import { useTenantCurrency } from '@/client/tenant';
import { CurrencySelect } from '@/components/currency-select';
import { Field, Input, Select, Textarea } from '@/components/ui/field';
import { TagsInput } from '@/components/ui/tags-input';
import { viewOf } from '@/views';
import { useTitle } from '@/views/use-title';
import { isMoney } from './field-value';
import type { FormValues } from './form-values';
import { RecordPicker } from './record-picker';

interface Props {
  readonly collection: CollectionInfo;
  readonly field: FieldInfo;
  readonly disabled: boolean;
}

const NUMBER = /^-?\d*(?:[.,]\d+)?$/;
const WHOLE = /^-?\d+$/;

/** One field of a form, with the control its type asks for. */
export function FieldControl({ collection, field, disabled }: Props): ReactNode {
  const t = useTranslations('forms');
  const labels = useLabels();
  const { formState, getFieldState } = useFormContext<FormValues>();
  const error = getFieldState(field.name, formState).error?.message;
  const hasDefault = viewOf(collection).defaults?.[field.name] !== undefined;
  const optional =
    field.type.optional && field.type.kind !== 'boolean' && !hasDefault ? t('optional') : undefined;
  return (
    <Field
      label={labels.field(field.name)}
      optional={disabled ? t('locked') : optional}
      hint={disabled ? undefined : labels.hint(collection, field.name)}
      error={error}
    >
      {(control) => (
        <Control
          collection={collection}
          field={field}
          disabled={disabled}
          control={{ ...control, disabled }}
        />
      )}
    </Field>
  );
}

type ControlProps = Props & {
  readonly control: { id: string; disabled: boolean; 'aria-describedby'?: string; 'aria-invalid'?: true };
};

function Control({ collection, field, control }: ControlProps): ReactNode {
  const { register } = useFormContext<FormValues>();
  const rules = useRules(collection, field);
  const { name, type } = field;
  const view = viewOf(collection);
  if (view.references?.[name])
    return <ReferenceControl collection={collection} field={field} control={control} />;
  if (name === 'currency') return <CurrencySelect {...control} {...register(name, rules)} />;
  switch (type.kind) {
    case 'enum':
      return <EnumControl collection={collection} field={field} control={control} />;
    case 'boolean':
      return <input type="checkbox" {...control} {...register(name)} className="size-5 accent-(--accent)" />;
    case 'array':
      return (
        <Controller
          name={name}
          rules={rules}
          render={({ field: { value, onChange, onBlur, ref } }) => (
            <TagsInput {...control} ref={ref} value={value as string[]} onChange={onChange} onBlur={onBlur} />
          )}
        />
      );
    case 'instant':
      return <Input {...control} type="datetime-local" {...register(name, rules)} />;
    case 'date':
      return <Input {...control} type="date" {...register(name, rules)} />;
    case 'object':
    case 'json':
      return <Textarea {...control} dir="ltr" rows={6} className="font-mono" {...register(name, rules)} />;
    case 'integer':
    case 'number':
      return (
        <Input
          {...control}
          inputMode="decimal"
          autoComplete="off"
          className="tabular-nums"
          {...register(name, rules)}
        />
      );
    default:
      if (view.multiline?.includes(name))
        return <Textarea {...control} rows={4} {...register(name, rules)} />;
      return (
        <Input
          {...control}
          type={type.format === 'email' ? 'email' : type.format === 'url' ? 'url' : 'text'}
          autoComplete="off"
          dir="auto"
          {...register(name, rules)}
        />
      );
  }
}

function EnumControl({
  collection,
  field: { name, type },
  control,
}: Omit<ControlProps, 'disabled'>): ReactNode {
  const t = useTranslations('forms');
  const labels = useLabels();
  const { register } = useFormContext<FormValues>();
  const current = useWatch({ name }) as unknown;
  const offered = viewOf(collection).choices?.[name] ?? type.values ?? [];
  // A value that came about by itself stays visible, though it cannot be chosen.
  const values =
    typeof current === 'string' && current !== '' && !offered.includes(current)
      ? [current, ...offered]
      : offered;
  return (
    <Select {...control} {...register(name)}>
      {type.optional && !viewOf(collection).defaults?.[name] ? <option value="">{t('none')}</option> : null}
      {values.map((value) => (
        <option key={value} value={value}>
          {labels.value(value)}
        </option>
      ))}
    </Select>
  );
}

/** Picks a record, and takes its name along where this record repeats it. */
function ReferenceControl({ collection, field, control }: Omit<ControlProps, 'disabled'>): ReactNode {
  const title = useTitle();
  const { setValue } = useFormContext<FormValues>();
  const rules = useRules(collection, field);
  const reference = viewOf(collection).references?.[field.name];
  const target = collectionNamed(reference?.collection ?? '');
  return (
    <Controller
      name={field.name}
      rules={rules}
      render={({ field: { value, onChange } }) => (
        <RecordPicker
          {...control}
          collection={reference?.collection ?? ''}
          value={String(value ?? '')}
          onChange={(id, record) => {
            onChange(id);
            if (record && target && reference?.label)
              setValue(reference.label, title(target, record), { shouldDirty: true });
          }}
        />
      )}
    />
  );
}

type Rule = (value: unknown, values: FormValues) => true | string;

/** What the browser can check before the API does. */
function useRules(collection: CollectionInfo, { name, type }: FieldInfo): { validate: Rule } {
  const t = useTranslations('forms');
  const currency = useTenantCurrency();
  return {
    validate: (value, values) => {
      const text = typeof value === 'string' ? value.trim() : '';
      const empty = Array.isArray(value) ? value.length === 0 : text === '';
      if (empty) return type.optional || type.kind === 'boolean' ? true : t('required');
      if (isMoney(collection, name))
        return parseMoney(text, String(values.currency || currency)) === undefined ? t('amount') : true;
      if (type.kind === 'integer' && !WHOLE.test(text)) return t('whole');
      if (type.kind === 'number' && !NUMBER.test(text)) return t('number');
      if (type.format === 'email' && !/^\S+@\S+\.\S+$/.test(text)) return t('email');
      if (type.maxLength && text.length > type.maxLength) return t('tooLong', { count: type.maxLength });
      return true;
    },
  };
}
