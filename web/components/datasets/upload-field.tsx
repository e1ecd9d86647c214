'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { ACCEPTED_DATA } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { FileDrop } from '@/components/imports/file-drop';
import { ProgressBar } from '@/components/imports/progress-bar';
import { Button } from '@/components/ui/button';
import { ProblemNotice } from '@/components/ui/problem-notice';
import type { Uploading } from './use-upload';

/** Chooses a file and sends it at once, with its progress and the way to stop it. */
export function UploadField({
  of: { file, share, error, send, cancel },
}: {
  readonly of: Uploading;
}): ReactNode {
  const t = useTranslations('datasets');
  const format = useFormat();
  const travelling = share !== undefined && share < 1;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <FileDrop
        file={file}
        disabled={share !== undefined}
        accept={ACCEPTED_DATA}
        formats={t('formats')}
        testId="dataset-file"
        onFile={(next) => void send(next)}
      />
      {error ? <ProblemNotice error={error} /> : null}
      {share === undefined || !file ? null : (
        <div className="flex flex-wrap items-end gap-4" data-testid="uploading">
          <div className="min-w-0 grow basis-48">
            <ProgressBar
              label={
                travelling
                  ? t('uploading', { done: format.bytes(share * file.size), all: format.bytes(file.size) })
                  : t('inspecting')
              }
              share={travelling ? share : undefined}
            />
          </div>
          <Button size="small" onClick={cancel}>
            {t('stop')}
          </Button>
        </div>
      )}
    </div>
  );
}
