'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Button } from './button';
import { Dialog, DialogActions } from './dialog';
import { ProblemNotice } from './problem-notice';

interface Props {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly text: string;
  readonly confirmLabel: string;
  /** The dialog closes when it resolves, and shows the error when it does not. */
  readonly onConfirm: () => Promise<unknown>;
  readonly danger?: boolean;
}

/** Asks before something that cannot be undone with one click. */
export function Confirm({
  open,
  onOpenChange,
  title,
  text,
  confirmLabel,
  onConfirm,
  danger,
}: Props): ReactNode {
  const t = useTranslations('actions');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={text} testId="confirm">
      {error ? <ProblemNotice error={error} /> : null}
      <DialogActions>
        <Button onClick={() => onOpenChange(false)}>{t('cancel')}</Button>
        <Button tone={danger ? 'danger' : 'primary'} busy={busy} onClick={confirm}>
          {confirmLabel}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
