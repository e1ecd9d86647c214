'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Controller, useFormContext, useWatch } from 'react-hook-form';
import { useHasRole } from '@/client/me';
import { useEventEndpoints } from '@/client/sources';
import { Field, Input, Select, Textarea } from '@/components/ui/field';
import { TagsInput } from '@/components/ui/tags-input';
import { fieldsOf, isSourceKind, SOURCE_KINDS, type SourceField } from './source-kinds';
import { isShown, type SourceValues } from './source-values';

interface Props {
  /** Secrets that are kept already. */
  readonly kept: readonly string[];
  /** The kind of a source that is there stays. */
  readonly fixed?: boolean;
}

/** Where a source is, and with what it is read: the fields of its kind. */
export function PlaceFields({ kept, fixed = false }: Props): ReactNode {
  const t = useTranslations('sources');
  const forms = useTranslations('forms');
  const { control, register, setValue, getFieldState, formState } = useFormContext<SourceValues>();
  // What one kind of source is asked means nothing to another.
  const onChange = (): void => {
    setValue('config', {});
    setValue('secrets', {});
  };
  // Events of webhooks are for administrators.
  const isAdmin = useHasRole('admin');
  const [kind, config] = useWatch({ control, name: ['kind', 'config'] });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-2">
      <Field label={t('name')} error={getFieldState('name', formState).error?.message}>
        {(field) => (
          <Input
            {...field}
            maxLength={120}
            autoComplete="off"
            {...register('name', { required: forms('required') })}
          />
        )}
      </Field>
      <Field label={t('kind')} hint={isSourceKind(kind) ? t(`kindHints.${kind}`) : undefined}>
        {(field) => (
          <Select {...field} disabled={fixed} {...register('kind', { onChange })} data-testid="source-kind">
            {Object.keys(SOURCE_KINDS)
              .filter(isSourceKind)
              .filter((name) => isAdmin || fixed || name !== 'webhook')
              .map((name) => (
                <option key={name} value={name}>
                  {t(`kinds.${name}`)}
                </option>
              ))}
          </Select>
        )}
      </Field>
      {fieldsOf(kind)
        .filter((field) => isShown(field, { kind, config }))
        .map((field) => (
          <PlaceField key={`${kind} ${field.at}`} of={field} kept={kept} />
        ))}
    </div>
  );
}

type At = `config.${string}`;

function PlaceField({ of, kept }: { readonly of: SourceField; readonly kept: readonly string[] }): ReactNode {
  const t = useTranslations('sources');
  const forms = useTranslations('forms');
  const { register, getFieldState, formState } = useFormContext<SourceValues>();
  const isKept = of.input === 'secret' && kept.includes(of.at.slice('secrets.'.length));
  const at = of.at as At;
  const rules = {
    ...(of.required ? { required: forms('required') } : {}),
    ...(of.input === 'json' ? { validate: (text: unknown) => isJson(text) || t('notJson') } : {}),
  };
  return (
    <Field
      label={t(`fields.${of.label}`)}
      hint={isKept ? t('secretKept') : of.hint ? t(`hints.${of.hint}`) : undefined}
      optional={of.required || of.input === 'choice' || of.input === 'secret' ? undefined : forms('optional')}
      error={getFieldState(at, formState).error?.message}
      className={of.wide ? 'sm:col-span-2' : ''}
    >
      {(field) => {
        const input = { ...field, ...register(at, rules), 'data-testid': `source-${of.at}` };
        const plain = { autoComplete: 'off', spellCheck: false, dir: 'ltr' } as const;
        switch (of.input) {
          case 'choice':
            return (
              <Select {...input} defaultValue={of.initial}>
                {of.choices?.map((choice) => (
                  <option key={choice} value={choice}>
                    {t(`choices.${choice}`)}
                  </option>
                ))}
              </Select>
            );
          case 'lines':
          case 'block':
          case 'json':
            return (
              <Textarea {...input} {...plain} rows={of.input === 'lines' ? 2 : 5} className="font-mono" />
            );
          case 'tags':
            return <Tags at={at} control={field} />;
          case 'endpoint':
            return <Endpoints input={input} />;
          case 'secret':
            return (
              <Input {...input} {...plain} type="password" autoComplete="new-password" maxLength={8000} />
            );
          case 'number':
            return (
              <Input {...input} type="number" min={1} inputMode="numeric" placeholder={of.placeholder} />
            );
          default:
            return (
              <Input
                {...input}
                {...plain}
                defaultValue={of.initial}
                placeholder={of.placeholder}
                maxLength={2000}
                className={of.input === 'code' ? 'font-mono' : ''}
              />
            );
        }
      }}
    </Field>
  );
}

function isJson(text: unknown): boolean {
  try {
    return typeof text !== 'string' || text.trim() === '' || typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function Tags({ at, control: field }: { readonly at: At; readonly control: { id: string } }): ReactNode {
  const { control } = useFormContext<SourceValues>();
  return (
    <Controller
      control={control}
      name={at}
      render={({ field: { value, onChange, onBlur, ref } }) => (
        <TagsInput
          {...field}
          ref={ref}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={onChange}
          onBlur={onBlur}
        />
      )}
    />
  );
}

function Endpoints({ input }: { readonly input: React.ComponentProps<'select'> }): ReactNode {
  const t = useTranslations('sources');
  const { data = [] } = useEventEndpoints();
  return (
    <Select {...input}>
      <option value="">{t('chooseEndpoint')}</option>
      {data
        .filter(({ action }) => action === 'event' || action === 'mixed')
        .map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
    </Select>
  );
}
