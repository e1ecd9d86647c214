'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { collectionNamed } from '@/client/collections';
import { useApi } from '@/client/context';
import { chartOf, type Exploration } from '@/client/exploration';
import { CHARTS } from '@/client/explorer';
import type { Chart, Display } from '@/client/metric-query';
import { etagOf, useRemember } from '@/client/records';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';

interface Props {
  readonly exploration: Exploration;
  readonly display: Display;
  readonly suggestion: string;
  readonly onClose: () => void;
  readonly onSaved: (chart: Chart) => void;
}

/** Keeps a question as a chart. */
export function SaveChart({ exploration, display, suggestion, onClose, onSaved }: Props): ReactNode {
  const t = useTranslations('charts');
  const forms = useTranslations('forms');
  const api = useApi();
  const remember = useRemember(chartsCollection());
  const draft = useApiForm({ name: suggestion });
  const save = async ({ name }: { name: string }): Promise<void> => {
    const chart = await api.post<Chart>('/api/analytics/charts', { name, ...chartOf(exploration, display) });
    remember(chart);
    onSaved(chart);
  };
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={save}
      submitLabel={forms('save')}
      title={t('save')}
      description={exploration.period ? t('moves') : undefined}
      testId="save-chart"
    >
      <Field label={t('name')} error={draft.errorOf('name')}>
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            maxLength={120}
            {...draft.form.register('name', { required: forms('required') })}
          />
        )}
      </Field>
    </FormDialog>
  );
}

interface ChangesProps {
  readonly chart: Chart;
  readonly exploration: Exploration;
  readonly display: Display;
}

/** Keeps what was changed since a chart was opened. */
export function SaveChanges({ chart, exploration, display }: ChangesProps): ReactNode {
  const t = useTranslations('charts');
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const remember = useRemember(chartsCollection());
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const body = { name: chart.name, ...chartOf(exploration, display) };
      const path = `/api/analytics/charts/${chart.id}`;
      remember(await api.call<Chart>('PUT', path, { body, ifMatch: etagOf(chart) }));
      toast({ text: t('changesSaved') });
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} onClick={save} data-testid="save-changes">
      {t('saveChanges')}
    </Button>
  );
}

/** The collection of charts as the backend declares it. */
export function chartsCollection() {
  const found = collectionNamed(CHARTS);
  if (!found) throw new Error('The manifest has no charts: run npm run generate.');
  return found;
}
