'use client';

import { useMessages, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormContext, useWatch } from 'react-hook-form';
import { type Sender, useSenders } from '@/client/webhooks';
import { Field, Input, Select } from '@/components/ui/field';
import { type EndpointValues, valuesForSender } from './endpoint-values';

/** The words for a sender: the catalogue's where it has them, else the API's own. */
export function useSenderWords(): (sender: Sender) => { readonly label: string; readonly setup: string } {
  const { senders = {} } = useMessages() as {
    senders?: Readonly<Record<string, { label?: string; setup?: string }>>;
  };
  return ({ name, label, setup }) => ({ label, setup, ...senders[name] });
}

/** Who delivers, and how it proves itself. */
export function SenderFields({ existing }: { readonly existing: boolean }): ReactNode {
  const t = useTranslations('webhooks');
  const words = useSenderWords();
  const { data } = useSenders();
  const { register, setValue, getFieldState, formState } = useFormContext<EndpointValues>();
  const scheme = useWatch<EndpointValues, 'scheme'>({ name: 'scheme' });
  const sender = data?.find(({ name }) => name === scheme);
  const choose = (name: string): void => {
    const chosen = data?.find((candidate) => candidate.name === name);
    if (!chosen || existing) return;
    for (const [field, value] of Object.entries(valuesForSender(chosen)))
      setValue(field as keyof EndpointValues, value);
  };
  return (
    <>
      <Field
        label={t('sender')}
        hint={sender ? words(sender).setup : undefined}
        error={getFieldState('scheme', formState).error?.message}
        className="sm:col-span-2"
      >
        {(control) => (
          <Select
            {...control}
            {...register('scheme', {
              onChange: ({ target }: { target: { value: string } }) => choose(target.value),
            })}
          >
            {(data ?? []).map((one) => (
              <option key={one.name} value={one.name}>
                {words(one).label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {scheme === 'hmac' ? <HmacFields /> : null}
      {scheme === 'token' ? (
        <Field label={t('header')} hint={t('tokenHint')} className="sm:col-span-2">
          {(control) => <Input {...control} dir="ltr" placeholder="authorization" {...register('header')} />}
        </Field>
      ) : null}
      {sender && sender.secretFrom !== 'none' && !existing ? <SecretField sender={sender} /> : null}
    </>
  );
}

/** Senders that make the secret show it only when the address is entered there: then it can be given later. */
function SecretField({ sender }: { readonly sender: Sender }): ReactNode {
  const t = useTranslations('webhooks');
  const forms = useTranslations('forms');
  const { register, getFieldState, formState } = useFormContext<EndpointValues>();
  return (
    <Field
      label={t('givenSecret')}
      hint={t(sender.secretFrom === 'sender' ? 'secretLater' : 'secretMade')}
      optional={forms('optional')}
      error={getFieldState('secret', formState).error?.message}
      className="sm:col-span-2"
    >
      {(control) => (
        <Input {...control} type="password" dir="ltr" autoComplete="off" {...register('secret')} />
      )}
    </Field>
  );
}

function HmacFields(): ReactNode {
  const t = useTranslations('webhooks');
  const forms = useTranslations('forms');
  const { register, getFieldState, formState } = useFormContext<EndpointValues>();
  return (
    <>
      <Field label={t('header')} error={getFieldState('header', formState).error?.message}>
        {(control) => (
          <Input
            {...control}
            dir="ltr"
            placeholder="x-signature"
            {...register('header', { required: forms('required') })}
          />
        )}
      </Field>
      <Field label={t('algorithm')}>
        {(control) => (
          <Select {...control} {...register('algorithm')}>
            <option value="sha256">SHA-256</option>
            <option value="sha512">SHA-512</option>
            <option value="sha1">SHA-1</option>
          </Select>
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
      <Field label={t('idHeader')} optional={forms('optional')} className="sm:col-span-2">
        {(control) => <Input {...control} dir="ltr" {...register('idHeader')} />}
      </Field>
    </>
  );
}
