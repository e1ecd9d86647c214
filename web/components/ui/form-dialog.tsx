'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type FieldValues, FormProvider } from 'react-hook-form';
import type { ApiForm } from '@/components/use-api-form';
import { Button } from './button';
import { Dialog, DialogActions } from './dialog';
import { ProblemNotice } from './problem-notice';

interface Frame {
  readonly title: string;
  readonly description?: ReactNode;
  readonly wide?: boolean;
  readonly testId?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

interface FormDialogProps<T extends FieldValues> extends Frame {
  readonly of: ApiForm<T>;
  readonly onSubmit: (values: T) => Promise<unknown>;
  readonly submitLabel: string;
}

/** A form in a dialog: what is wrong stands above the fields, "cancel" before the button that acts. */
export function FormDialog<T extends FieldValues>({
  of: { form, problem, busy, submit },
  onSubmit,
  submitLabel,
  onClose,
  children,
  ...frame
}: FormDialogProps<T>): ReactNode {
  const t = useTranslations('actions');
  return (
    <Dialog open onOpenChange={onClose} {...frame}>
      <FormProvider {...form}>
        <form noValidate className="grid grid-cols-[minmax(0,1fr)] gap-4" onSubmit={submit(onSubmit)}>
          {problem ? <ProblemNotice error={problem} /> : null}
          {children}
          <DialogActions>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button type="submit" tone="primary" busy={busy}>
              {submitLabel}
            </Button>
          </DialogActions>
        </form>
      </FormProvider>
    </Dialog>
  );
}

/** Shows what was made, such as a secret that can be seen this once. */
export function DoneDialog({ onClose, children, ...frame }: Frame): ReactNode {
  const t = useTranslations('actions');
  return (
    <Dialog open onOpenChange={onClose} {...frame}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">{children}</div>
      <DialogActions>
        <Button tone="primary" onClick={onClose}>
          {t('done')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
