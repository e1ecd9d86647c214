'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type Rule, useFailingRows } from '@/client/quality';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Skeleton } from '@/components/ui/surface';
import { Value } from '../rows-table';
import { columnsOf } from './rule-values';

/** Some of the rows that break a rule, the columns it is about first. */
export function FailingRows({ rule }: { readonly rule: Rule }): ReactNode {
  const t = useTranslations('quality');
  const { data, error, refetch } = useFailingRows(rule, true);
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-16" />;
  if (data.rows.length === 0) return <p className="text-faint text-sm">{t('noRowsNow')}</p>;
  const own = columnsOf(rule).split(', ');
  const columns = [...data.columns].sort(
    (a, b) => Number(own.includes(b.name)) - Number(own.includes(a.name)),
  );
  return (
    <ScrollRegion label={t('failingRows', { name: rule.name })} className="max-h-80 rounded-xl border">
      <table className="w-full text-sm" data-testid="failing-rows">
        <caption className="sr-only">{t('failingRows', { name: rule.name })}</caption>
        <thead className="sticky top-0 bg-surface">
          <tr className="border-b">
            {columns.map(({ name }) => (
              <th
                key={name}
                scope="col"
                className="whitespace-nowrap px-3 py-2 text-start font-medium font-mono text-xs"
              >
                <bdi>{name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y">
          {data.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file have no name of their own
            <tr key={index}>
              {columns.map(({ name, type }) => (
                <td key={name} className="max-w-60 truncate whitespace-nowrap px-3 py-1.5">
                  <Value of={row[name] ?? null} type={type} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
