'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { CollectionInfo } from '@/client/collections';
import { useLabels } from '@/client/labels';
import type { AnyRecord } from '@/client/types';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { FieldValue } from './field-value';

interface Props {
  readonly collection: CollectionInfo;
  /** The record as somebody else has saved it meanwhile. */
  readonly theirs: AnyRecord;
  /** What this form would change. */
  readonly patch: Readonly<Record<string, unknown>>;
  readonly onKeepMine: () => Promise<void>;
  readonly onTakeTheirs: () => void;
  readonly onClose: () => void;
}

/** Two people edited the same record: shows both, field by field, and lets one decide. Nothing is lost without a click. */
export function ConflictDialog({
  collection,
  theirs,
  patch,
  onKeepMine,
  onTakeTheirs,
  onClose,
}: Props): ReactNode {
  const t = useTranslations('conflict');
  const labels = useLabels();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const mine = { ...theirs, ...patch };
  const keep = async (): Promise<void> => {
    setBusy(true);
    await onKeepMine().catch(setError);
    setBusy(false);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('title')}
      description={t('text')}
      wide
      testId="conflict"
    >
      {error ? <ProblemNotice error={error} className="mb-4" /> : null}
      <table className="w-full text-sm">
        <thead className="text-faint">
          <tr className="border-b">
            <th scope="col" className="py-2 pe-3 text-start font-medium">
              {t('field')}
            </th>
            <th scope="col" className="px-3 py-2 text-start font-medium">
              {t('theirs')}
            </th>
            <th scope="col" className="py-2 ps-3 text-start font-medium">
              {t('yours')}
            </th>
          </tr>
        </thead>
        <tbody className="divide-y">
          {Object.keys(patch).map((name) => (
            <tr key={name}>
              <th scope="row" className="py-2.5 pe-3 text-start align-top font-medium">
                {labels.field(name)}
              </th>
              <td className="px-3 py-2.5 align-top">
                <FieldValue collection={collection} record={theirs} path={name} compact />
              </td>
              <td className="py-2.5 ps-3 align-top">
                <FieldValue collection={collection} record={mine} path={name} compact />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <DialogActions>
        <Button tone="ghost" onClick={onClose}>
          {t('keepEditing')}
        </Button>
        <Button onClick={onTakeTheirs} data-testid="take-theirs">
          {t('takeTheirs')}
        </Button>
        <Button tone="primary" busy={busy} onClick={keep} data-testid="keep-mine">
          {t('keepMine')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
