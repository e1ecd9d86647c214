'use client';

import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import type { FileFormat } from '@/client/metric-query';
import { saveFile } from '@/client/save-file';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';

interface Props {
  /** Name of the file, without its ending. */
  readonly name: string;
  /** Where the file comes from, and what is asked for beside the format. */
  readonly path: string;
  readonly body: object;
  /** Draws a picture of what is shown; absent where there is nothing to draw. */
  readonly picture?: () => Promise<Blob>;
}

/** Saves an answer: the server writes CSV and workbooks, so that all of them follow the same rules. */
export function ExportAnswer({ name, path, body, picture }: Props): ReactNode {
  const t = useTranslations('explore');
  const records = useTranslations('records');
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  const save = async (format: FileFormat): Promise<void> => {
    const response = await api.askFile(path, { ...body, format });
    saveFile(await response.blob(), `${name}.${format}`);
    if (response.headers.get('x-truncated') === 'true') toast({ text: t('exportTruncated'), tone: 'bad' });
  };
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button size="small" busy={busy} data-testid="export-answer">
          <Download aria-hidden />
          {records('export')}
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuItem onSelect={() => void attempt(() => save('csv'))}>CSV</MenuItem>
        <MenuItem onSelect={() => void attempt(() => save('xlsx'))}>XLSX</MenuItem>
        {picture ? (
          <MenuItem onSelect={() => void attempt(async () => saveFile(await picture(), `${name}.png`))}>
            PNG
          </MenuItem>
        ) : null}
      </MenuContent>
    </Menu>
  );
}
