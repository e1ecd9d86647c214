'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Upload as UploadIcon } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { DATASETS, DATASETS_PATH, type Dataset } from '@/client/datasets';
import { useHasRole } from '@/client/me';
import { keys } from '@/client/records';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { useRouter } from '@/i18n/navigation';
import { EditDataset } from './edit-dataset';
import { ExportRows } from './export-rows';
import { KeepRows } from './keep-rows';
import { LoadFile } from './load-file';

type Asked = 'load' | 'edit' | 'keep' | 'delete';

/** What can be done with a dataset, by who may. */
export function DatasetActions({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('datasets');
  const quality = useTranslations('quality');
  const more = useTranslations('records')('more');
  const api = useApi();
  const client = useQueryClient();
  const router = useRouter();
  const mayWrite = useHasRole('editor');
  const mayDelete = useHasRole('admin');
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  const remove = async (): Promise<void> => {
    await api.delete(`${DATASETS_PATH}/${dataset.id}`);
    await client.invalidateQueries({ queryKey: keys.lists(DATASETS) });
    router.push('/datasets');
  };
  if (!mayWrite) return <ExportRows dataset={dataset} />;
  return (
    <>
      <Button onClick={() => setAsked('load')} data-testid="load-file">
        <UploadIcon aria-hidden />
        {t('loadFile')}
      </Button>
      <ExportRows dataset={dataset} />
      <Menu>
        <MenuTrigger asChild>
          <Button aria-label={more} data-testid="dataset-more">
            <Ellipsis aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => setAsked('edit')}>{t('edit')}</MenuItem>
          <MenuItem onSelect={() => setAsked('keep')}>{quality('keep')}</MenuItem>
          <MenuItem disabled={!mayDelete} onSelect={() => setAsked('delete')}>
            {t('delete')}
          </MenuItem>
        </MenuContent>
      </Menu>
      {asked === 'load' ? <LoadFile dataset={dataset} onClose={close} /> : null}
      {asked === 'keep' ? <KeepRows dataset={dataset} onClose={close} /> : null}
      {asked === 'edit' ? <EditDataset dataset={dataset} onClose={close} /> : null}
      <Confirm
        open={asked === 'delete'}
        onOpenChange={close}
        title={t('deleteTitle', { name: dataset.name })}
        text={t('deleteText')}
        confirmLabel={t('delete')}
        onConfirm={remove}
        danger
      />
    </>
  );
}
