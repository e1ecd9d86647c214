'use client';

import { useLocale, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import {
  Area,
  AreaChart,
  CartesianGrid,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from 'recharts';
import type { Grain, Table } from '@/client/analytics';
import { useFormat } from '@/client/format-context';
import { useMetricLabel } from '@/client/metric-label';
import { directionOf } from '@/i18n/routing';
import { useBucketLabel } from './use-bucket-label';

interface Props {
  readonly table: Table;
  readonly metric: string;
  readonly money: boolean;
  readonly currency: string;
  readonly grain: Grain;
}

/** A figure over time. Arrow keys walk along it; the table beside it holds the same for everybody. */
export function SeriesChart({ table, metric, money, currency, grain }: Props): ReactNode {
  const t = useTranslations('dashboard');
  const format = useFormat();
  const label = useMetricLabel();
  const bucket = useBucketLabel(grain);
  const rtl = directionOf(useLocale()) === 'rtl';
  const rows = table.rows.map((row) => ({
    period: String(row.period),
    value: typeof row[metric] === 'number' ? row[metric] : 0,
  }));
  const full = (value: number): string => (money ? format.amount(value, currency) : format.number(value));
  const name = label(metric, table.columns.find((column) => column.name === metric)?.label ?? metric);
  const first = rows[0];
  const last = rows.at(-1);
  const tick = { fill: 'var(--faint)', fontSize: 12 };
  return (
    <figure
      className="flex max-h-120 min-h-72 grow flex-col px-2 pb-3 sm:px-3"
      aria-label={
        first && last
          ? t('chartLabel', { what: name, from: bucket.long(first.period), to: bucket.long(last.period) })
          : name
      }
    >
      <div className="relative grow" dir="ltr">
        <div className="absolute inset-0">
          <ResponsiveContainer width="100%" height="100%">
            <AreaChart
              data={rows}
              margin={{ top: 12, right: rtl ? 4 : 16, bottom: 0, left: rtl ? 16 : 4 }}
              accessibilityLayer
            >
              <defs>
                <linearGradient id="series" x1="0" y1="0" x2="0" y2="1">
                  <stop offset="0" stopColor="var(--chart-1)" stopOpacity={0.22} />
                  <stop offset="1" stopColor="var(--chart-1)" stopOpacity={0} />
                </linearGradient>
              </defs>
              <CartesianGrid vertical={false} stroke="var(--line)" />
              <XAxis
                dataKey="period"
                reversed={rtl}
                tickFormatter={bucket.short}
                tick={tick}
                tickLine={false}
                axisLine={false}
                minTickGap={36}
                tickMargin={8}
              />
              <YAxis
                orientation={rtl ? 'right' : 'left'}
                width="auto"
                tick={tick}
                tickLine={false}
                axisLine={false}
                tickFormatter={(value: number) =>
                  money ? format.shortAmount(value, currency) : format.shortNumber(value)
                }
              />
              <Tooltip
                content={({ active, payload, label: at }) => (
                  <Tip
                    active={active}
                    payload={payload}
                    label={at}
                    title={bucket.long}
                    text={full}
                    name={name}
                  />
                )}
                cursor={{ stroke: 'var(--edge)', strokeDasharray: '3 3' }}
                isAnimationActive={false}
              />
              <Area
                type="monotone"
                dataKey="value"
                name={name}
                stroke="var(--chart-1)"
                strokeWidth={2}
                fill="url(#series)"
                isAnimationActive={false}
                dot={rows.length === 1}
                activeDot={{ r: 4, strokeWidth: 2, stroke: 'var(--surface)' }}
              />
            </AreaChart>
          </ResponsiveContainer>
        </div>
      </div>
    </figure>
  );
}

interface TipProps extends Pick<TooltipContentProps, 'active' | 'payload' | 'label'> {
  readonly title: (day: string) => string;
  readonly text: (value: number) => string;
  readonly name: string;
}

function Tip({ active, payload, label, title, text, name }: TipProps): ReactNode {
  const value = payload?.[0]?.value;
  if (!active || typeof value !== 'number') return null;
  return (
    <div className="rounded-lg border bg-raised px-3 py-2 text-xs shadow-raised">
      <p className="text-faint">{title(String(label))}</p>
      <p className="mt-0.5 flex gap-3">
        <span className="text-soft">{name}</span>
        <span className="font-semibold tabular-nums">{text(value)}</span>
      </p>
    </div>
  );
}
