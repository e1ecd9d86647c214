'use client';

import { useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { CollectionInfo } from '@/client/collections';
import { fieldNamed } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { useSave } from '@/client/records';
import { Link } from '@/components/link';
import { PageHeader } from '@/components/ui/page-header';
import { useToast } from '@/components/ui/toast';
import { useRouter } from '@/i18n/navigation';
import { collectionAt, pathOf } from '@/views';
import { useTitle } from '@/views/use-title';
import { RecordForm } from './record-form';

/** Values given in the address (`?invoiceId=…&amount=1250`): links from other records fill the form in. */
function useInitial(collection: CollectionInfo): Record<string, unknown> {
  const parameters = useSearchParams();
  return Object.fromEntries(
    [...parameters].flatMap(([name, value]) => {
      const kind = fieldNamed(collection, name)?.type.kind;
      if (!kind) return [];
      return [[name, kind === 'integer' || kind === 'number' ? Number(value) : value]];
    }),
  );
}

export function NewRecord({ section }: { readonly section: string }): ReactNode {
  const collection = collectionAt(section);
  return collection ? <Create collection={collection} /> : null;
}

function Create({ collection }: { readonly collection: CollectionInfo }): ReactNode {
  const t = useTranslations('records');
  const labels = useLabels();
  const router = useRouter();
  const toast = useToast();
  const initial = useInitial(collection);
  const save = useSave(collection);
  const title = useTitle();
  return (
    <>
      <PageHeader
        title={t('newTitle', { what: labels.one(collection) })}
        above={
          <Link href={pathOf(collection)} className="hover:underline">
            {labels.many(collection)}
          </Link>
        }
      />
      <RecordForm
        collection={collection}
        initial={initial}
        onCancel={() => router.back()}
        onSubmit={async (data) => {
          const record = await save.mutateAsync({ data });
          toast({ text: t('created', { name: title(collection, record) }) });
          router.replace(pathOf(collection, record.id));
        }}
      />
    </>
  );
}
