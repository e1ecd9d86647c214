'use client';

import { Copy, Ellipsis, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { CollectionInfo } from '@/client/collections';
import { useDelete, useRecordAction } from '@/client/records';
import type { AnyRecord } from '@/client/types';
import { IconButton } from '@/components/ui/button';
import { copyText } from '@/components/ui/copy';
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from '@/components/ui/menu';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { useRouter } from '@/i18n/navigation';
import { pathOf } from '@/views';
import { useTitle } from '@/views/use-title';

interface Props {
  readonly collection: CollectionInfo;
  readonly record: AnyRecord;
  readonly mayDelete: boolean;
}

/** What is done with a record less often. Deleting asks nothing, because it can be undone. */
export function RecordMenu({ collection, record, mayDelete }: Props): ReactNode {
  const t = useTranslations('records');
  const toast = useToast();
  const problemText = useProblemText();
  const router = useRouter();
  const remove = useDelete(collection);
  const restore = useRecordAction(collection);
  const title = useTitle();
  const name = title(collection, record);
  const fail = (error: unknown): void => toast({ text: problemText(error), tone: 'bad' });
  const undo = (): void => {
    restore
      .mutateAsync({ path: `${collection.path}/${record.id}/restore` })
      .then(() => toast({ text: t('restored', { name }) }))
      .catch(fail);
  };
  const onDelete = (): void => {
    remove
      .mutateAsync(record)
      .then(() => {
        router.push(pathOf(collection));
        toast({ text: t('deleted', { name }), action: { label: t('undo'), run: undo } });
      })
      .catch(fail);
  };
  return (
    <Menu>
      <MenuTrigger asChild>
        <IconButton label={t('more')} data-testid="record-menu">
          <Ellipsis aria-hidden />
        </IconButton>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuItem
          onSelect={() => void copyText(record.id).then((done) => done && toast({ text: t('idCopied') }))}
        >
          <Copy aria-hidden />
          {t('copyId')}
        </MenuItem>
        {mayDelete ? (
          <>
            <MenuSeparator />
            <MenuItem danger onSelect={onDelete} data-testid="delete">
              <Trash2 aria-hidden />
              {t('delete')}
            </MenuItem>
          </>
        ) : null}
      </MenuContent>
    </Menu>
  );
}
