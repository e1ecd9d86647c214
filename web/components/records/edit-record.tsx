'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { CollectionInfo } from '@/client/collections';
import { useApi } from '@/client/context';
import { useLabels } from '@/client/labels';
import { isProblem } from '@/client/problem';
import { useRecord, useSave } from '@/client/records';
import type { AnyRecord } from '@/client/types';
import { Link } from '@/components/link';
import { PageSkeleton } from '@/components/shell/session-gate';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { useRouter } from '@/i18n/navigation';
import { collectionAt, pathOf } from '@/views';
import { useTitle } from '@/views/use-title';
import { ConflictDialog } from './conflict-dialog';
import { changesOf } from './form-values';
import { MissingRecord } from './missing-record';
import { RecordForm } from './record-form';

export function EditRecord({ section, id }: { readonly section: string; readonly id: string }): ReactNode {
  const collection = collectionAt(section);
  return collection ? <Load collection={collection} id={id} /> : null;
}

function Load({ collection, id }: { readonly collection: CollectionInfo; readonly id: string }): ReactNode {
  const { data, error, refetch } = useRecord(collection, id);
  // The form is based on the version it was opened with; what others do meanwhile shows when it is saved.
  const [base, setBase] = useState<AnyRecord>();
  if (data && !base) setBase(data);
  if (base) return <Edit key={base.version} collection={collection} base={base} onRebase={setBase} />;
  if (isProblem(error, 'not_found')) return <MissingRecord collection={collection} />;
  return error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : <PageSkeleton />;
}

interface Conflict {
  readonly theirs: AnyRecord;
  readonly patch: Record<string, unknown>;
}

interface EditProps {
  readonly collection: CollectionInfo;
  readonly base: AnyRecord;
  readonly onRebase: (record: AnyRecord) => void;
}

function Edit({ collection, base, onRebase }: EditProps): ReactNode {
  const t = useTranslations('records');
  const labels = useLabels();
  const api = useApi();
  const router = useRouter();
  const toast = useToast();
  const save = useSave(collection);
  const title = useTitle();
  const [conflict, setConflict] = useState<Conflict>();
  const path = pathOf(collection, base.id);
  const write = async (patch: Record<string, unknown>, version: number): Promise<void> => {
    if (Object.keys(patch).length > 0) {
      try {
        await save.mutateAsync({ id: base.id, data: patch, version });
      } catch (error) {
        if (!isProblem(error, 'stale')) throw error;
        setConflict({ theirs: await api.get<AnyRecord>(`${collection.path}/${base.id}`), patch });
        return;
      }
      toast({ text: t('saved') });
    }
    router.replace(path);
  };
  return (
    <>
      <PageHeader
        title={t('editTitle', { name: title(collection, base) })}
        above={
          <Link href={pathOf(collection)} className="hover:underline">
            {labels.many(collection)}
          </Link>
        }
      />
      <RecordForm
        collection={collection}
        record={base}
        onCancel={() => router.push(path)}
        onSubmit={(data, before) => write(changesOf(before, data), base.version)}
      />
      {conflict ? (
        <ConflictDialog
          collection={collection}
          {...conflict}
          onKeepMine={() => write(conflict.patch, conflict.theirs.version)}
          onTakeTheirs={() => {
            setConflict(undefined);
            onRebase(conflict.theirs);
          }}
          onClose={() => setConflict(undefined)}
        />
      ) : null}
    </>
  );
}
