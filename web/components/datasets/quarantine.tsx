'use client';

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { Api } from '@/client/api';
import { useApi } from '@/client/context';
import { type Dataset, type Load, type QuarantinedRow, readQuarantine, setAside } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { saveFile } from '@/client/save-file';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { ProblemNotice, useProblemText } from '@/components/ui/problem-notice';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Skeleton } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { CorrectRow } from './correct-row';

const PAGE = 50;
const PAGE_OF_DOWNLOAD = 200;

interface Props {
  readonly dataset: Dataset;
  readonly load: Load;
}

/** The rows of a load that could not be read, as they stand in the file, and why. */
export function Quarantine({ dataset, load }: Props): ReactNode {
  const t = useTranslations('datasets');
  const actions = useTranslations('actions');
  const api = useApi();
  const list = useInfiniteQuery({
    queryKey: ['datasets', 'quarantine', load.id, load.version],
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) => readQuarantine(api, load.id, pageParam, PAGE, signal),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (last.length < PAGE ? undefined : pages.length * PAGE),
  });
  const rows = list.data?.pages.flat();
  if (rows?.length === 0) return <p className="text-faint text-sm">{t('replaced')}</p>;
  return (
    <section
      className="overflow-hidden rounded-xl border"
      data-testid="quarantine"
      aria-label={t('quarantine')}
    >
      <header className="flex flex-wrap items-center justify-between gap-2 border-b bg-warn-tint px-4 py-2.5">
        <h3 className="font-medium text-sm">{t('quarantineText', { count: setAside(load) })}</h3>
        <DownloadRows load={load} />
      </header>
      {list.error ? (
        <ProblemNotice error={list.error} onRetry={() => void list.refetch()} className="m-4" />
      ) : null}
      {!rows && !list.error ? <Skeleton className="m-4 h-16" /> : null}
      {rows ? <RowsTable dataset={dataset} load={load} rows={rows} /> : null}
      {list.hasNextPage ? (
        <div className="border-t px-4 py-2.5 text-center">
          <Button size="small" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {actions('showMore')}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

function RowsTable({ dataset, load, rows }: Props & { readonly rows: readonly QuarantinedRow[] }): ReactNode {
  const t = useTranslations('datasets');
  const format = useFormat();
  const [chosen, setChosen] = useState<QuarantinedRow>();
  return (
    <>
      <ScrollRegion label={t('quarantine')} className="max-h-96">
        <table className="w-full text-sm">
          <thead className="sticky top-0 bg-surface text-faint">
            <tr>
              {(['line', 'problem', 'asWritten'] as const).map((name) => (
                <th key={name} scope="col" className="px-4 py-2 text-start font-medium">
                  {t(name)}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody className="divide-y">
            {rows.map((row) => (
              <tr key={row.at} data-testid="quarantined-row" data-mended={row.mended || undefined}>
                <td className="px-4 py-2 align-top tabular-nums">
                  {row.line === undefined ? '–' : format.number(row.line)}
                </td>
                <td className="min-w-44 px-4 py-2 align-top">
                  {row.errors.map(({ column, message }) => (
                    <p key={`${column} ${message}`} dir="auto" className="text-soft">
                      {column ? <span className="font-medium text-ink">{column}: </span> : null}
                      {message}
                    </p>
                  ))}
                </td>
                <td className="min-w-56 px-4 py-2 align-top">
                  <code dir="ltr" className="block wrap-anywhere font-mono text-xs">
                    {row.text}
                  </code>
                </td>
                <td className="px-4 py-2 text-end align-top">
                  {row.mended ? (
                    <Badge tone="good">{t('mended')}</Badge>
                  ) : (
                    <Button size="small" onClick={() => setChosen(row)}>
                      {t('correct')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      {chosen ? (
        <CorrectRow dataset={dataset} load={load} row={chosen} onClose={() => setChosen(undefined)} />
      ) : null}
    </>
  );
}

function DownloadRows({ load }: { readonly load: Load }): ReactNode {
  const t = useTranslations('datasets');
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const download = async (): Promise<void> => {
    setBusy(true);
    try {
      const lines = (await allRows(api, load)).map((row) => `${JSON.stringify(row)}\n`);
      saveFile(new Blob(lines, { type: 'application/x-ndjson' }), `${load.id}-quarantine.ndjson`);
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size="small" busy={busy} onClick={download}>
      <Download aria-hidden />
      {t('download')}
    </Button>
  );
}

async function allRows(api: Api, load: Load): Promise<readonly QuarantinedRow[]> {
  const rows: QuarantinedRow[] = [];
  while (rows.length < (load.quarantined ?? 0)) {
    const page = await readQuarantine(api, load.id, rows.length, PAGE_OF_DOWNLOAD);
    if (page.length === 0) break;
    rows.push(...page);
  }
  return rows;
}
