'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { FormProvider } from 'react-hook-form';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { OUTGOING, OUTGOING_PATH, type OutgoingEndpoint, useOutgoingEndpoint } from '@/client/outgoing';
import { etagOf, keys } from '@/client/records';
import { Link } from '@/components/link';
import { PageSkeleton } from '@/components/shell/session-gate';
import { Button } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, CardHeader } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { Attempts } from './attempts';
import { OutgoingActions } from './outgoing-actions';
import { OutgoingFields, type OutgoingValues, outgoingData, outgoingValues } from './outgoing-fields';

/** One outgoing endpoint: every call that was made, and what it is sent. */
export function OutgoingDetail({ id }: { readonly id: string }): ReactNode {
  const t = useTranslations('outgoing');
  const format = useFormat();
  const { data, error, refetch } = useOutgoingEndpoint(id);
  if (!data) return error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : <PageSkeleton />;
  return (
    <>
      <PageHeader
        title={data.url}
        text={data.description}
        above={
          <Link href="/webhooks/outgoing" className="hover:underline">
            {t('title')}
          </Link>
        }
      >
        <OutgoingActions endpoint={data} />
      </PageHeader>
      {data.active ? null : (
        <p role="status" className="mb-5 rounded-xl bg-bad-tint px-4 py-3 text-sm" data-testid="disabled">
          {t('disabledSince', {
            when: format.dateTime(data.disabledAt ?? data.updatedAt),
            reason: data.disabledReason ?? '',
          })}
        </p>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        <Attempts endpointId={id} />
        <Card className="max-w-4xl">
          <CardHeader title={t('configuration')} />
          <EditForm key={data.version} endpoint={data} />
        </Card>
      </div>
    </>
  );
}

function EditForm({ endpoint }: { readonly endpoint: OutgoingEndpoint }): ReactNode {
  const t = useTranslations('outgoing');
  const forms = useTranslations('forms');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const { form, problem, busy, submit } = useApiForm<OutgoingValues>(outgoingValues(endpoint));
  const save = async (values: OutgoingValues): Promise<void> => {
    // In a merge patch null takes away what was left empty.
    const cleared = { description: null, where: null, changedFields: null };
    const patch = { ...cleared, ...outgoingData(values) };
    await api.patch(`${OUTGOING_PATH}/${endpoint.id}`, patch, etagOf(endpoint));
    toast({ text: t('saved') });
    await client.invalidateQueries({ queryKey: keys.collection(OUTGOING) });
  };
  return (
    <FormProvider {...form}>
      <form noValidate className="grid gap-4 px-5 pb-6 sm:px-6" onSubmit={submit(save)}>
        {problem ? <ProblemNotice error={problem} /> : null}
        <OutgoingFields />
        <label className="flex items-center gap-2.5 text-sm">
          <input type="checkbox" className="size-4 accent-(--accent)" {...form.register('active')} />
          {t('activeLabel')}
        </label>
        <div>
          <Button type="submit" tone="primary" busy={busy}>
            {forms('save')}
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}
