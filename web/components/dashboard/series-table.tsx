'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Grain, Table } from '@/client/analytics';
import { useFormat } from '@/client/format-context';
import { useMetricLabel } from '@/client/metric-label';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { useBucketLabel } from './use-bucket-label';

/** The figures behind the chart. */
export function SeriesTable({
  table,
  currency,
  grain,
}: {
  readonly table: Table;
  readonly currency: string;
  readonly grain: Grain;
}): ReactNode {
  const t = useTranslations('dashboard');
  const format = useFormat();
  const label = useMetricLabel();
  const bucket = useBucketLabel(grain);
  const metrics = table.columns.filter(({ name }) => name !== 'period');
  return (
    <ScrollRegion label={t('tableLabel')} className="h-72 grow px-5 pb-3 sm:px-6">
      <table className="w-full text-sm">
        <thead className="sticky top-0 bg-surface text-faint">
          <tr>
            <th scope="col" className="py-2 text-start font-medium">
              {t('period')}
            </th>
            {metrics.map(({ name, label: text }) => (
              <th key={name} scope="col" className="py-2 text-end font-medium">
                {label(name, text)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y">
          {table.rows.map((row) => (
            <tr key={String(row.period)}>
              <th scope="row" className="py-2 text-start font-normal">
                {bucket.long(String(row.period))}
              </th>
              {metrics.map(({ name, type }) => (
                <td key={name} className="py-2 text-end tabular-nums">
                  {typeof row[name] === 'number'
                    ? type === 'money'
                      ? format.amount(row[name], currency)
                      : format.number(row[name])
                    : '–'}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
