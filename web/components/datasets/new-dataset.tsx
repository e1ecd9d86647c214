'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { Upload } from '@/client/datasets';
import { Link } from '@/components/link';
import { PageHeader } from '@/components/ui/page-header';
import { Segmented } from '@/components/ui/segmented';
import { Card } from '@/components/ui/surface';
import { DatasetForm } from './dataset-form';
import { NewSource } from './sources/new-source';
import { UploadField } from './upload-field';
import { useUpload } from './use-upload';

const ORIGINS = [
  { value: 'file', label: 'fromFile' },
  { value: 'source', label: 'fromSource' },
] as const;

/** A file or a source first, then what its columns are. */
export function NewDataset(): ReactNode {
  const t = useTranslations('datasets');
  const sources = useTranslations('sources');
  const [origin, setOrigin] = useState<'file' | 'source'>('file');
  const [upload, setUpload] = useState<Upload>();
  const uploading = useUpload(setUpload);
  return (
    <>
      <PageHeader
        title={t('new')}
        text={upload ? t('confirmText') : origin === 'source' ? sources('newText') : t('newText')}
        above={
          <Link href="/datasets" className="hover:underline">
            {t('title')}
          </Link>
        }
      />
      {upload ? null : (
        <div className="mb-4">
          <Segmented
            label={sources('origin')}
            value={origin}
            onChange={setOrigin}
            options={ORIGINS.map(({ value, label }) => ({ value, label: sources(label) }))}
          />
        </div>
      )}
      {upload ? (
        <DatasetForm upload={upload} onBack={() => setUpload(undefined)} />
      ) : origin === 'source' ? (
        <NewSource />
      ) : (
        <Card className="max-w-3xl p-5 sm:p-6">
          <UploadField of={uploading} />
        </Card>
      )}
    </>
  );
}
