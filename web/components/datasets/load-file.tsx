'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { type Dataset, LOADS, LOADS_PATH, type LoadMode, type Upload } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { keys } from '@/client/records';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Segmented } from '@/components/ui/segmented';
import { UploadField } from './upload-field';
import { useUpload } from './use-upload';

interface Props {
  readonly dataset: Dataset;
  readonly onClose: () => void;
}

const MODES: readonly LoadMode[] = ['append', 'replace'];

/** Brings another file with the same columns in, beside what is there or instead of it. */
export function LoadFile({ dataset, onClose }: Props): ReactNode {
  const t = useTranslations('datasets');
  const actions = useTranslations('actions');
  const format = useFormat();
  const api = useApi();
  const client = useQueryClient();
  const [mode, setMode] = useState<LoadMode>('append');
  const [upload, setUpload] = useState<Upload>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const uploading = useUpload((sent) => {
    setError(undefined);
    setUpload(sent);
  });
  const start = async (): Promise<void> => {
    if (!upload) return;
    setBusy(true);
    setError(undefined);
    try {
      await api.post(`${LOADS_PATH}/start`, { datasetId: dataset.id, uploadId: upload.id, mode });
      await client.invalidateQueries({ queryKey: keys.lists(LOADS) });
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('loadFile')}
      description={t('loadFileText')}
      testId="load-file-dialog"
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <UploadField of={uploading} />
        {upload ? (
          <p className="text-sm text-soft" data-testid="file-ready">
            {t('fileReady', { bytes: format.bytes(upload.bytes), columns: upload.columns.length })}
          </p>
        ) : null}
        <div className="grid gap-1.5">
          <div>
            <Segmented
              label={t('mode')}
              value={mode}
              onChange={setMode}
              options={MODES.map((value) => ({ value, label: t(`modes.${value}`) }))}
            />
          </div>
          <p className="text-faint text-xs">{t(`modeHints.${mode}`)}</p>
        </div>
        {error ? <ProblemNotice error={error} /> : null}
      </div>
      <DialogActions>
        <Button onClick={onClose}>{actions('cancel')}</Button>
        <Button tone="primary" busy={busy} disabled={!upload} onClick={start} data-testid="start-load">
          {t('start')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
