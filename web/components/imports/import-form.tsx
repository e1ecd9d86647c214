'use client';

import { useTranslations } from 'next-intl';
import { type FormEvent, type ReactNode, useState } from 'react';
import { type CollectionInfo, collectionNamed } from '@/client/collections';
import { useApi } from '@/client/context';
import { useImportJob } from '@/client/import-jobs';
import { isFinished, uploadImport } from '@/client/imports';
import { useLabels } from '@/client/labels';
import type { ImportJob } from '@/client/types';
import { Button } from '@/components/ui/button';
import { Field, Select } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card } from '@/components/ui/surface';
import { FileDrop } from './file-drop';
import { IMPORTABLE } from './imports';
import { JobResult } from './job-result';
import { ProgressBar } from './progress-bar';

/** Fields that can tell whether a row is already there. */
const keyFields = (collection: CollectionInfo): string[] =>
  collection.fields
    .filter(
      ({ name, type, computed }) => !computed && type.kind === 'string' && collection.filters.includes(name),
    )
    .map(({ name }) => name);

interface Upload {
  readonly share: number;
  readonly dryRun: boolean;
}

/** Chooses a file and where it goes; checks it first, then imports it. */
export function ImportForm({ into }: { readonly into: string }): ReactNode {
  const t = useTranslations('imports');
  const labels = useLabels();
  const api = useApi();
  const [collection, setCollection] = useState(IMPORTABLE.find(({ name }) => name === into) ?? IMPORTABLE[0]);
  const [file, setFile] = useState<File>();
  const [key, setKey] = useState('');
  const [upload, setUpload] = useState<Upload>();
  const [started, setStarted] = useState<ImportJob>();
  const [error, setError] = useState<unknown>();
  const { data: current } = useImportJob(started?.id);
  const job = current ?? started;
  const working = upload !== undefined || (job !== undefined && !isFinished(job));
  const checked = job?.dryRun === true && job.state === 'done';
  const restart = (): void => {
    setStarted(undefined);
    setError(undefined);
  };
  const send = async (dryRun: boolean): Promise<void> => {
    if (!collection || !file) return;
    restart();
    setUpload({ share: 0, dryRun });
    try {
      setStarted(
        await uploadImport(api, {
          collection,
          file,
          key: key || undefined,
          dryRun,
          onProgress: (share) => setUpload({ share, dryRun }),
        }),
      );
    } catch (problem) {
      setError(problem);
    } finally {
      setUpload(undefined);
    }
  };
  if (!collection) return null;
  if (job && !job.dryRun) {
    return (
      <Card className="p-5 sm:p-6">
        <JobResult job={job} />
        {isFinished(job) ? (
          <Button
            className="mt-5"
            onClick={() => {
              setFile(undefined);
              restart();
            }}
          >
            {t('another')}
          </Button>
        ) : null}
      </Card>
    );
  }
  return (
    <Card className="p-5 sm:p-6">
      <form
        data-testid="import-form"
        className="grid gap-5"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void send(!checked);
        }}
      >
        <div className="grid gap-5 sm:grid-cols-2">
          <Field label={t('into')}>
            {(control) => (
              <Select
                {...control}
                value={collection.name}
                disabled={working}
                onChange={({ target }) => {
                  setCollection(collectionNamed(target.value));
                  setKey('');
                  restart();
                }}
              >
                {IMPORTABLE.map((option) => (
                  <option key={option.name} value={option.name}>
                    {labels.many(option)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={t('key')} hint={t('keyHint')}>
            {(control) => (
              <Select
                {...control}
                value={key}
                disabled={working}
                onChange={({ target }) => {
                  setKey(target.value);
                  restart();
                }}
              >
                <option value="">{t('keyNone')}</option>
                {keyFields(collection).map((name) => (
                  <option key={name} value={name}>
                    {labels.field(name)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <FileDrop
          file={file}
          disabled={working}
          onFile={(next) => {
            setFile(next);
            restart();
          }}
        />
        {error ? <ProblemNotice error={error} /> : null}
        {upload ? <ProgressBar label={t('uploading')} share={upload.share} /> : null}
        {job ? <JobResult job={job} /> : null}
        <div className="flex flex-wrap justify-end gap-2">
          {checked ? (
            <Button disabled={working} onClick={() => void send(true)}>
              {t('checkAgain')}
            </Button>
          ) : (
            <Button disabled={!file || working} onClick={() => void send(false)} data-testid="import-now">
              {t('withoutCheck')}
            </Button>
          )}
          <Button
            type="submit"
            tone="primary"
            disabled={!file}
            busy={working}
            data-testid={checked ? 'start-import' : 'check-file'}
          >
            {t(checked ? 'start' : 'check')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
