'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormContext, useWatch } from 'react-hook-form';
import { collectionNamed } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { type Signature, starterMapping, starterSample, type WebhookEndpoint } from '@/client/webhooks';
import { Field, Input, Select } from '@/components/ui/field';
import { SECTIONS } from '@/views';
import { MappingConsole } from './mapping-console';

/** What the form of an endpoint holds. */
export interface EndpointValues {
  name: string;
  collection: string;
  key: string;
  mapping: string;
  /** Never sent with the endpoint; only tried. */
  sample: string;
  scheme: Signature['scheme'];
  header: string;
  encoding: 'hex' | 'base64';
  prefix: string;
  idHeader: string;
  active: boolean;
}

const TARGETS = SECTIONS.map(({ collection }) => collection).filter(({ readOnly }) => !readOnly);

export function endpointValues(endpoint?: WebhookEndpoint): EndpointValues {
  const collection = collectionNamed(endpoint?.collection ?? 'finance.invoices') ?? TARGETS[0];
  const signature = endpoint?.signature;
  const hmac = signature?.scheme === 'hmac' ? signature : undefined;
  return {
    name: endpoint?.name ?? '',
    collection: collection?.name ?? '',
    key: endpoint?.key ?? '',
    mapping: endpoint?.mapping ?? (collection ? starterMapping(collection) : ''),
    sample: collection ? starterSample(collection) : '{}',
    scheme: signature?.scheme ?? 'standard',
    header: hmac?.header ?? 'x-hub-signature-256',
    encoding: hmac?.encoding ?? 'hex',
    prefix: hmac?.prefix ?? '',
    idHeader: hmac?.idHeader ?? '',
    active: endpoint?.active ?? true,
  };
}

/** The form's values as the API takes them. */
export function endpointData(values: EndpointValues): Record<string, unknown> {
  const { name, collection, mapping, key, active, scheme, header, encoding, prefix, idHeader } = values;
  const signature: Signature =
    scheme === 'hmac' ? { scheme, header, encoding, prefix, ...(idHeader ? { idHeader } : {}) } : { scheme };
  return { name, collection, mapping, active, signature, ...(key ? { key } : {}) };
}

/** Name, target, signature and mapping of an endpoint. */
export function EndpointFields({ existing }: { readonly existing?: boolean }): ReactNode {
  const t = useTranslations('webhooks');
  const forms = useTranslations('forms');
  const labels = useLabels();
  const { register, setValue, getFieldState, formState } = useFormContext<EndpointValues>();
  const collection = collectionNamed(useWatch<EndpointValues, 'collection'>({ name: 'collection' }));
  const required = forms('required');
  const keys =
    collection?.fields.filter(
      ({ name, type, computed }) => !computed && type.kind === 'string' && collection.filters.includes(name),
    ) ?? [];
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label={t('name')}
        error={getFieldState('name', formState).error?.message}
        className="sm:col-span-2"
      >
        {(control) => <Input {...control} autoComplete="off" {...register('name', { required })} />}
      </Field>
      <Field label={t('collection')} error={getFieldState('collection', formState).error?.message}>
        {(control) => (
          <Select
            {...control}
            disabled={existing}
            {...register('collection', {
              onChange: ({ target }: { target: { value: string } }) => {
                const chosen = collectionNamed(target.value);
                setValue('key', '');
                if (!chosen) return;
                setValue('mapping', starterMapping(chosen));
                setValue('sample', starterSample(chosen));
              },
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
      <Field label={t('key')} hint={t('keyHint')} optional={forms('optional')}>
        {(control) => (
          <Select {...control} {...register('key')}>
            <option value="">{t('keyNone')}</option>
            {keys.map(({ name }) => (
              <option key={name} value={name}>
                {labels.field(name)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <SignatureFields />
      <div className="sm:col-span-2">
        <MappingConsole />
      </div>
    </div>
  );
}

function SignatureFields(): ReactNode {
  const t = useTranslations('webhooks');
  const forms = useTranslations('forms');
  const { register, getFieldState, formState } = useFormContext<EndpointValues>();
  const scheme = useWatch<EndpointValues, 'scheme'>({ name: 'scheme' });
  return (
    <>
      <Field
        label={t('signature')}
        hint={t(`schemes.${scheme === 'standard' ? 'standardHint' : 'hmacHint'}`)}
        className="sm:col-span-2"
      >
        {(control) => (
          <Select {...control} {...register('scheme')}>
            <option value="standard">{t('schemes.standard')}</option>
            <option value="hmac">{t('schemes.hmac')}</option>
          </Select>
        )}
      </Field>
      {scheme === 'hmac' ? (
        <>
          <Field label={t('header')} error={getFieldState('header', formState).error?.message}>
            {(control) => (
              <Input {...control} dir="ltr" {...register('header', { required: forms('required') })} />
            )}
          </Field>
          <Field label={t('encoding')}>
            {(control) => (
              <Select {...control} {...register('encoding')}>
                <option value="hex">hex</option>
                <option value="base64">base64</option>
              </Select>
            )}
          </Field>
          <Field label={t('prefix')} optional={forms('optional')}>
            {(control) => <Input {...control} dir="ltr" placeholder="sha256=" {...register('prefix')} />}
          </Field>
          <Field label={t('idHeader')} optional={forms('optional')}>
            {(control) => <Input {...control} dir="ltr" {...register('idHeader')} />}
          </Field>
        </>
      ) : null}
    </>
  );
}
