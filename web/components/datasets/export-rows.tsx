'use client';

import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { withQuery } from '@/client/api';
import { useApi } from '@/client/context';
import { DATASETS_PATH, type Dataset } from '@/client/datasets';
import { saveFile } from '@/client/save-file';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';

const FORMATS = [
  ['csv', 'CSV'],
  ['xlsx', 'Excel'],
  ['ndjson', 'NDJSON'],
  ['parquet', 'Parquet'],
] as const;

/** Saves all rows, with the columns one may see. */
export function ExportRows({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('records');
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  if (dataset.rows === 0) return null;
  const save = async (format: string): Promise<void> => {
    setBusy(true);
    try {
      const path = withQuery(`${DATASETS_PATH}/export-rows`, { id: dataset.id, format });
      saveFile(await (await api.fetch(path, {})).blob(), `${dataset.name}.${format}`);
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button busy={busy} data-testid="export-rows">
          <Download aria-hidden />
          {t('export')}
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        {FORMATS.map(([format, label]) => (
          <MenuItem key={format} onSelect={() => void save(format)}>
            {label}
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}
