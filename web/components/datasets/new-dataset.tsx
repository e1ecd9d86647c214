'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { Upload } from '@/client/datasets';
import { Link } from '@/components/link';
import { PageHeader } from '@/components/ui/page-header';
import { Card } from '@/components/ui/surface';
import { DatasetForm } from './dataset-form';
import { UploadField } from './upload-field';
import { useUpload } from './use-upload';

/** A file first, then what its columns are. */
export function NewDataset(): ReactNode {
  const t = useTranslations('datasets');
  const [upload, setUpload] = useState<Upload>();
  const uploading = useUpload(setUpload);
  return (
    <>
      <PageHeader
        title={t('new')}
        text={upload ? t('confirmText') : t('newText')}
        above={
          <Link href="/datasets" className="hover:underline">
            {t('title')}
          </Link>
        }
      />
      {upload ? (
        <DatasetForm upload={upload} onBack={() => setUpload(undefined)} />
      ) : (
        <Card className="max-w-3xl p-5 sm:p-6">
          <UploadField of={uploading} />
        </Card>
      )}
    </>
  );
}
