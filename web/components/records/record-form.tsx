'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect } from 'react';
import { FormProvider } from 'react-hook-form';
import type { CollectionInfo } from '@/client/collections';
import { useTenantCurrency } from '@/client/tenant';
import type { AnyRecord } from '@/client/types';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card } from '@/components/ui/surface';
import { useApiForm } from '@/components/use-api-form';
import { viewOf } from '@/views';
import { FieldControl } from './field-control';
import { type FormValues, formFields, fromForm, toForm } from './form-values';
import { LinesEditor } from './lines-editor';

interface Props {
  readonly collection: CollectionInfo;
  /** The record that is edited; absent for a new one. */
  readonly record?: AnyRecord;
  /** What a new record starts with. */
  readonly initial?: Readonly<Record<string, unknown>>;
  readonly onSubmit: (data: Record<string, unknown>, before: Record<string, unknown>) => Promise<unknown>;
  readonly onCancel: () => void;
}

/** The form of any collection, drawn from its declaration. */
export function RecordForm({ collection, record, initial, onSubmit, onCancel }: Props): ReactNode {
  const t = useTranslations('forms');
  const currency = useTenantCurrency();
  const view = viewOf(collection);
  const start = record ?? { ...view.defaults, ...initial };
  const { form, problem, busy, submit } = useApiForm<FormValues>(toForm(collection, start, currency));
  const { isDirty, isSubmitSuccessful } = form.formState;
  useUnsavedGuard(isDirty && !isSubmitSuccessful);
  const locked = new Set(record ? view.locked?.(record) : []);
  const before = record ? fromForm(collection, toForm(collection, record, currency), currency) : {};
  return (
    <FormProvider {...form}>
      <form
        noValidate
        data-testid="record-form"
        onSubmit={submit((values) => onSubmit(fromForm(collection, values, currency), before))}
        className="max-w-4xl"
      >
        {problem ? <ProblemNotice error={problem} className="mb-4" /> : null}
        <Card className="grid gap-x-5 gap-y-5 p-5 sm:grid-cols-2 sm:p-6">
          {formFields(collection).map((field) => {
            const wide = view.wide?.includes(field.name) || view.multiline?.includes(field.name);
            return (
              <div key={field.name} className={cn('min-w-0', wide && 'sm:col-span-2')}>
                {field.type.kind === 'array' && field.type.element?.kind === 'object' ? (
                  <LinesEditor collection={collection} field={field} disabled={locked.has(field.name)} />
                ) : (
                  <FieldControl collection={collection} field={field} disabled={locked.has(field.name)} />
                )}
              </div>
            );
          })}
        </Card>
        <div className="sticky bottom-0 z-10 -mx-4 mt-5 flex justify-end gap-2 border-t bg-canvas/90 px-4 py-3 backdrop-blur sm:static sm:mx-0 sm:border-0 sm:bg-transparent sm:p-0">
          <Button onClick={onCancel}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" busy={busy} data-testid="save">
            {t('save')}
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}

/** Has the browser ask before it closes a page with unsaved work. */
function useUnsavedGuard(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [active]);
}
