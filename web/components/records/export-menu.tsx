'use client';

import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { withQuery } from '@/client/api';
import type { CollectionInfo } from '@/client/collections';
import { useApi } from '@/client/context';
import { saveFile } from '@/client/save-file';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';

const FORMATS = ['csv', 'xlsx', 'ndjson', 'json'] as const;

/** Saves what the filters let through as a file. */
export function ExportMenu({
  collection,
  filters,
}: {
  readonly collection: CollectionInfo;
  readonly filters: Readonly<Record<string, string>>;
}): ReactNode {
  const t = useTranslations('records');
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const save = async (format: (typeof FORMATS)[number]): Promise<void> => {
    setBusy(true);
    try {
      const response = await api.fetch(withQuery(`${collection.path}/export`, { ...filters, format }), {});
      saveFile(await response.blob(), `${collection.name}.${format}`);
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button busy={busy} data-testid="export">
          <Download aria-hidden />
          {t('export')}
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        {FORMATS.map((format) => (
          <MenuItem key={format} onSelect={() => void save(format)}>
            {format.toUpperCase()}
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}
