'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Controller, useFormContext, useWatch } from 'react-hook-form';
import { collectionNamed } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { ACTIONS, wholeAction } from '@/client/webhooks';
import { Field, Input, Select } from '@/components/ui/field';
import { TagsInput } from '@/components/ui/tags-input';
import { type EndpointValues, keyFields, TARGETS, valuesForCollection } from './endpoint-values';
import { MappingConsole } from './mapping-console';
import { SenderFields } from './sender-fields';

/** Sender, target and mapping of an endpoint. */
export function EndpointFields({ endpointId }: { readonly endpointId?: string }): ReactNode {
  const t = useTranslations('webhooks');
  const required = useTranslations('forms')('required');
  const { register, getFieldState, formState } = useFormContext<EndpointValues>();
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-2">
      <Field
        label={t('name')}
        error={getFieldState('name', formState).error?.message}
        className="sm:col-span-2"
      >
        {(control) => <Input {...control} autoComplete="off" {...register('name', { required })} />}
      </Field>
      <SenderFields existing={endpointId !== undefined} />
      <TargetFields existing={endpointId !== undefined} />
      <div className="sm:col-span-2">
        <MappingConsole endpointId={endpointId} />
      </div>
    </div>
  );
}

function TargetFields({ existing }: { readonly existing: boolean }): ReactNode {
  const t = useTranslations('webhooks');
  const forms = useTranslations('forms');
  const { control, register, getFieldState, formState } = useFormContext<EndpointValues>();
  const action = useWatch<EndpointValues, 'action'>({ name: 'action' });
  const whole = wholeAction(action);
  return (
    <>
      <Field
        label={t('action')}
        hint={t(`actions.${action}Hint`)}
        error={getFieldState('action', formState).error?.message}
        className={whole ? 'sm:col-span-2' : undefined}
      >
        {(field) => (
          <Select {...field} disabled={existing} {...register('action')}>
            {ACTIONS.map((value) => (
              <option key={value} value={value}>
                {t(`actions.${value}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {whole ? null : <CollectionFields existing={existing} keyed={action !== 'create'} />}
      <Field
        label={t('events')}
        hint={t('eventsHint')}
        optional={forms('optional')}
        error={getFieldState('events', formState).error?.message}
        className="sm:col-span-2"
      >
        {(field) => (
          <Controller
            control={control}
            name="events"
            render={({ field: { value, onChange } }) => (
              <TagsInput {...field} value={value} onChange={onChange} />
            )}
          />
        )}
      </Field>
    </>
  );
}

interface CollectionFieldsProps {
  readonly existing: boolean;
  /** Whether records that are there already have to be found. */
  readonly keyed: boolean;
}

function CollectionFields({ existing, keyed }: CollectionFieldsProps): ReactNode {
  const t = useTranslations('webhooks');
  const labels = useLabels();
  const { register, setValue, getFieldState, formState } = useFormContext<EndpointValues>();
  const collection = collectionNamed(useWatch<EndpointValues, 'collection'>({ name: 'collection' }));
  const choose = (name: string): void => {
    const chosen = collectionNamed(name);
    if (!chosen) return;
    for (const [field, value] of Object.entries(valuesForCollection(chosen)))
      setValue(field as keyof EndpointValues, value);
  };
  return (
    <>
      <Field label={t('collection')} error={getFieldState('collection', formState).error?.message}>
        {(field) => (
          <Select
            {...field}
            disabled={existing}
            {...register('collection', {
              onChange: ({ target }: { target: { value: string } }) => choose(target.value),
            })}
          >
            {TARGETS.map((target) => (
              <option key={target.name} value={target.name}>
                {labels.many(target)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {keyed ? (
        <Field
          label={t('key')}
          hint={t('keyHint')}
          error={getFieldState('key', formState).error?.message}
          className="sm:col-span-2"
        >
          {(field) => (
            <Select {...field} {...register('key')}>
              {[...keyFields(collection), 'id'].map((name) => (
                <option key={name} value={name}>
                  {labels.field(name)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ) : null}
    </>
  );
}
