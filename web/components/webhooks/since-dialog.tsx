'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Field, Input } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { useApiForm } from '@/components/use-api-form';

interface Props {
  readonly title: string;
  readonly text: string;
  readonly submitLabel: string;
  /** What is offered; a day ago by default. */
  readonly since?: string;
  /** RFC 3339 */
  readonly onSubmit: (since: string) => Promise<void>;
  readonly onClose: () => void;
}

const DAY = 86_400_000;

/** `2026-01-31T09:30`, in the reader's own time, as `datetime-local` wants it. */
function localTime(at: Date): string {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** Asks since when something is to be done again. */
export function SinceDialog({ title, text, submitLabel, since, onSubmit, onClose }: Props): ReactNode {
  const t = useTranslations('forms');
  const draft = useApiForm({ since: localTime(new Date(since ?? Date.now() - DAY)) });
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={(values) => onSubmit(new Date(values.since).toISOString())}
      submitLabel={submitLabel}
      title={title}
      description={text}
    >
      <Field label={t('since')} error={draft.errorOf('since')}>
        {(control) => (
          <Input
            {...control}
            type="datetime-local"
            {...draft.form.register('since', { required: t('required') })}
          />
        )}
      </Field>
    </FormDialog>
  );
}
