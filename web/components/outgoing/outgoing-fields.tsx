'use client';

import { Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Controller, useFieldArray, useFormContext } from 'react-hook-form';
import { type OutgoingEndpoint, scalarOf } from '@/client/outgoing';
import { Button, IconButton } from '@/components/ui/button';
import { CheckField } from '@/components/ui/check-field';
import { Field, Input } from '@/components/ui/field';
import { TagsInput } from '@/components/ui/tags-input';
import { EventPicker } from './event-picker';

/** What the form of an outgoing endpoint holds. */
export interface OutgoingValues {
  url: string;
  description: string;
  events: string[];
  where: { field: string; values: string[] }[];
  changedFields: string[];
  rateLimit: string;
  timeoutSeconds: string;
  ordered: boolean;
  active: boolean;
}

export const outgoingValues = (endpoint?: OutgoingEndpoint): OutgoingValues => ({
  url: endpoint?.url ?? '',
  description: endpoint?.description ?? '',
  events: [...(endpoint?.events ?? [])],
  where: Object.entries(endpoint?.where ?? {}).map(([field, values]) => ({
    field,
    values: values.map(String),
  })),
  changedFields: [...(endpoint?.changedFields ?? [])],
  rateLimit: String(endpoint?.rateLimit ?? 50),
  timeoutSeconds: String(endpoint?.timeoutSeconds ?? 15),
  ordered: endpoint?.ordered ?? false,
  active: endpoint?.active ?? true,
});

/** The form's values as the API takes them; what was left empty is absent. */
export function outgoingData(values: OutgoingValues): Record<string, unknown> {
  const where = Object.fromEntries(
    values.where
      .filter(({ field, values: allowed }) => field.trim() !== '' && allowed.length > 0)
      .map(({ field, values: allowed }) => [
        field.trim(),
        allowed.map((value) => scalarOf(field.trim(), value, values.events)),
      ]),
  );
  return {
    url: values.url.trim(),
    events: values.events,
    rateLimit: Number(values.rateLimit),
    timeoutSeconds: Number(values.timeoutSeconds),
    ordered: values.ordered,
    active: values.active,
    ...(values.description.trim() ? { description: values.description.trim() } : {}),
    ...(Object.keys(where).length > 0 ? { where } : {}),
    ...(values.changedFields.length > 0 ? { changedFields: values.changedFields } : {}),
  };
}

/** Address, events, filters and pace of an endpoint. */
export function OutgoingFields(): ReactNode {
  const t = useTranslations('outgoing');
  const forms = useTranslations('forms');
  const { control, register, getFieldState, formState } = useFormContext<OutgoingValues>();
  const errorOf = (name: keyof OutgoingValues): string | undefined =>
    getFieldState(name, formState).error?.message;
  return (
    <>
      <Field label={t('url')} hint={t('urlHint')} error={errorOf('url')}>
        {(field) => (
          <Input
            {...field}
            type="url"
            dir="ltr"
            autoComplete="off"
            placeholder="https://example.com/hooks"
            {...register('url', { required: forms('required') })}
          />
        )}
      </Field>
      <Field label={t('description')} optional={forms('optional')} error={errorOf('description')}>
        {(field) => <Input {...field} autoComplete="off" maxLength={300} {...register('description')} />}
      </Field>
      <Field label={t('events')} hint={t('eventsHint')} error={errorOf('events')}>
        {(field) => (
          <Controller
            control={control}
            name="events"
            rules={{ validate: (events) => events.length > 0 || forms('required') }}
            render={({ field: { value, onChange } }) => (
              <EventPicker {...field} value={value} onChange={onChange} />
            )}
          />
        )}
      </Field>
      <WhereFields />
      <Field
        label={t('changedFields')}
        hint={t('changedFieldsHint')}
        optional={forms('optional')}
        error={errorOf('changedFields')}
      >
        {(field) => (
          <Controller
            control={control}
            name="changedFields"
            render={({ field: { value, onChange } }) => (
              <TagsInput {...field} value={value} onChange={onChange} />
            )}
          />
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <WholeNumber name="rateLimit" label={t('rateLimit')} hint={t('rateLimitHint')} max={100} />
        <WholeNumber name="timeoutSeconds" label={t('timeout')} max={30} />
      </div>
      <CheckField label={t('ordered')} hint={t('orderedHint')} {...register('ordered')} />
    </>
  );
}

interface WholeNumberProps {
  readonly name: 'rateLimit' | 'timeoutSeconds';
  readonly label: string;
  readonly hint?: string;
  readonly max: number;
}

function WholeNumber({ name, label, hint, max }: WholeNumberProps): ReactNode {
  const required = useTranslations('forms')('required');
  const { register, getFieldState, formState } = useFormContext<OutgoingValues>();
  return (
    <Field label={label} hint={hint} error={getFieldState(name, formState).error?.message}>
      {(field) => <Input {...field} type="number" min={1} max={max} {...register(name, { required })} />}
    </Field>
  );
}

/** Rows of "this field has one of these values"; all of them have to hold. */
function WhereFields(): ReactNode {
  const t = useTranslations('outgoing');
  const { control, register } = useFormContext<OutgoingValues>();
  const { fields, append, remove } = useFieldArray({ control, name: 'where' });
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 font-medium text-[0.8125rem]">{t('where')}</legend>
      <p className="text-faint text-xs">{t('whereHint')}</p>
      {fields.map((row, index) => (
        <div key={row.id} className="flex flex-wrap items-start gap-2">
          <Input
            className="w-40 grow sm:grow-0"
            aria-label={t('whereField')}
            placeholder={t('whereField')}
            dir="ltr"
            {...register(`where.${index}.field`)}
          />
          <div className="min-w-0 grow basis-48">
            <Controller
              control={control}
              name={`where.${index}.values`}
              render={({ field: { value, onChange } }) => (
                <TagsInput label={t('whereValues')} value={value} onChange={onChange} />
              )}
            />
          </div>
          <IconButton label={t('whereRemove')} onClick={() => remove(index)}>
            <Trash2 aria-hidden />
          </IconButton>
        </div>
      ))}
      <div>
        <Button size="small" onClick={() => append({ field: '', values: [] })}>
          <Plus aria-hidden />
          {t('whereAdd')}
        </Button>
      </div>
    </fieldset>
  );
}
