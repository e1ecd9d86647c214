'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useMemo } from 'react';
import { useApi } from '@/client/context';
import { ANALYTICS } from '@/client/live-provider';
import { useHasRole, useRefreshMe } from '@/client/me';
import { DEFAULT_CURRENCY } from '@/client/tenant';
import type { Tenant } from '@/client/types';
import { CurrencySelect } from '@/components/currency-select';
import { Button } from '@/components/ui/button';
import { Field, Input, Select } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';

/** Name, currency and time zone of the organisation; its administrators change them. */
export function OrganisationForm({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const t = useTranslations('settings');
  const forms = useTranslations('forms');
  const api = useApi();
  const client = useQueryClient();
  const refresh = useRefreshMe();
  const toast = useToast();
  const admin = useHasRole('admin');
  const zones = useMemo(
    () => [...new Set(['UTC', tenant.timezone ?? 'UTC', ...Intl.supportedValuesOf('timeZone')])],
    [tenant.timezone],
  );
  const { form, problem, busy, submit, errorOf } = useApiForm({
    name: tenant.name,
    currency: tenant.currency ?? DEFAULT_CURRENCY,
    timezone: tenant.timezone ?? 'UTC',
  });
  const save = async (values: { name: string; currency: string; timezone: string }): Promise<void> => {
    await api.post('/api/tenants/current/update', values);
    await Promise.all([
      refresh(),
      client.invalidateQueries({ queryKey: ['tenant'] }),
      client.invalidateQueries({ queryKey: ANALYTICS }),
    ]);
    toast({ text: t('saved') });
  };
  return (
    <form noValidate onSubmit={submit(save)}>
      <fieldset disabled={!admin} className="grid gap-4">
        {problem ? <ProblemNotice error={problem} /> : null}
        <Field label={t('organisationName')} error={errorOf('name')}>
          {(control) => (
            <Input
              {...control}
              autoComplete="organization"
              {...form.register('name', { required: forms('required') })}
            />
          )}
        </Field>
        <Field label={t('currency')} error={errorOf('currency')}>
          {(control) => <CurrencySelect {...control} required {...form.register('currency')} />}
        </Field>
        <Field label={t('timezone')} error={errorOf('timezone')}>
          {(control) => (
            <Select {...control} dir="ltr" {...form.register('timezone')}>
              {zones.map((zone) => (
                <option key={zone} value={zone}>
                  {zone.replaceAll('_', ' ')}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {admin ? (
          <div>
            <Button type="submit" tone="primary" busy={busy}>
              {forms('save')}
            </Button>
          </div>
        ) : (
          <p className="text-faint text-sm">{t('adminsOnly')}</p>
        )}
      </fieldset>
    </form>
  );
}
