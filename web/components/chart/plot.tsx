'use client';

import { type ReactNode, useId } from 'react';
import {
  Area,
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { Cell } from '@/client/analytics';
import type { Display } from '@/client/metric-query';
import { colourOf, dashOf, Fill, FORECAST_DASH, PREVIOUS_DASH } from './marks';
import { scaleOf } from './scale';
import { type Panel, PERIOD, type Point } from './series';
import { Tip } from './tip';
import type { AnswerWords } from './words';

export interface PlotProps {
  readonly panel: Panel;
  readonly display: Exclude<Display, 'table'>;
  readonly words: AnswerWords;
  /** What each series is called. */
  readonly names: readonly string[];
  readonly rtl: boolean;
}

const TICK = { fill: 'var(--faint)', fontSize: 12 };
const ROW = 30;
const GROUPED_ROW = 12;

/** The marks of a chart between their axes. Arrow keys walk along it and say what is there. */
export function Plot({ panel, display, words, names, rtl }: PlotProps): ReactNode {
  const id = useId();
  const { points, metric, currency, axis } = panel;
  // Members have names, which are read best beside their bars; periods follow the reading direction.
  const sideways = axis !== PERIOD;
  const bars = display === 'stacked' ? 1 : panel.series.length + (panel.compared ? 1 : 0);
  const height = sideways ? points.length * Math.max(ROW, bars * GROUPED_ROW + 10) + 44 : 320;
  const nameOf = (x: Cell): string => (sideways ? words.member(axis, x) : words.shortPeriod(x));
  const tick = (value: number): string => words.tick(value, metric, currency);
  const categories = {
    type: 'category' as const,
    dataKey: label,
    tick: TICK,
    tickLine: false,
    axisLine: false,
  };
  const { domain, ticks } = scaleOf(extremesOf(panel, display));
  const figures = {
    type: 'number' as const,
    domain: [...domain],
    ticks: [...ticks],
    tick: TICK,
    tickLine: false,
    axisLine: false,
    tickFormatter: tick,
  };
  const side = rtl ? 'right' : 'left';
  return (
    <div dir="ltr" style={{ height }} data-plot>
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart
          data={[...points]}
          layout={sideways ? 'vertical' : 'horizontal'}
          stackOffset="sign"
          margin={{ top: 8, right: rtl ? 4 : 20, bottom: 0, left: rtl ? 20 : 4 }}
          barCategoryGap="22%"
          accessibilityLayer
        >
          <defs>
            {panel.series.map(({ key }, index) => (
              <Fill key={key} id={`${id}-${key}`} index={index} />
            ))}
          </defs>
          <CartesianGrid vertical={sideways} horizontal={!sideways} stroke="var(--line)" />
          {sideways ? (
            <>
              <XAxis {...figures} reversed={rtl} />
              <YAxis
                {...categories}
                orientation={side}
                width={132}
                interval={0}
                tickFormatter={(x) => short(nameOf(x))}
              />
            </>
          ) : (
            <>
              <XAxis {...categories} reversed={rtl} minTickGap={36} tickMargin={8} tickFormatter={nameOf} />
              <YAxis {...figures} orientation={side} width="auto" />
            </>
          )}
          <Tooltip
            isAnimationActive={false}
            cursor={
              display === 'line'
                ? { stroke: 'var(--edge)', strokeDasharray: '3 3' }
                : { fill: 'var(--ink)', fillOpacity: 0.05 }
            }
            content={({ active, payload }) => (
              <Tip
                active={active}
                point={payload?.[0]?.payload as Point | undefined}
                panel={panel}
                display={display}
                names={names}
                words={words}
              />
            )}
          />
          {display === 'line' ? lines(panel) : barsOf(panel, display, id)}
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

/** The figures the axis must hold. */
function extremesOf({ points, compared }: Panel, display: Display): number[] {
  return points.flatMap(({ values, previous, forecast, band }) => {
    const own = Object.values(values).filter((value) => value !== null);
    const above = own.filter((value) => value > 0).reduce((sum, value) => sum + value, 0);
    const below = own.filter((value) => value < 0).reduce((sum, value) => sum + value, 0);
    if (display === 'stacked') return [above, below];
    const beside = compared ? [previous] : [];
    const ahead = display === 'line' ? [forecast, ...(band ?? [])] : [];
    return [...own, ...beside, ...ahead].filter((value) => value !== null);
  });
}

/** Names of points: Recharts takes null for none. */
const label = ({ x }: Point): string | number | boolean => x ?? '';

const short = (name: string): string => (name.length > 19 ? `${name.slice(0, 18)}…` : name);

const still = { isAnimationActive: false, connectNulls: false } as const;
const dotted = (count: number): boolean => count <= 40;

function lines({ series, points, compared, forecasted }: Panel): ReactNode[] {
  const forecast = forecasted
    ? [
        <Area
          key="band"
          {...still}
          dataKey="band"
          stroke="none"
          fill={colourOf(0)}
          fillOpacity={0.18}
          activeDot={false}
        />,
        <Line
          key="forecast"
          {...still}
          dataKey="forecast"
          stroke={colourOf(0)}
          strokeWidth={2}
          strokeDasharray={FORECAST_DASH}
          dot={false}
        />,
      ]
    : [];
  const before = compared
    ? [
        <Line
          key="previous"
          {...still}
          dataKey="previous"
          stroke={colourOf(0)}
          strokeOpacity={0.8}
          strokeWidth={1.5}
          strokeDasharray={PREVIOUS_DASH}
          dot={false}
        />,
      ]
    : [];
  const own = series.map(({ key }, index) => (
    <Line
      key={key}
      {...still}
      dataKey={({ values }: Point) => values[key] ?? null}
      stroke={colourOf(index)}
      strokeWidth={2}
      strokeDasharray={dashOf(index)}
      dot={dotted(points.length) ? { r: 2, strokeDasharray: 'none', fill: colourOf(index) } : false}
      activeDot={{ r: 4, strokeWidth: 2, stroke: 'var(--surface)' }}
    />
  ));
  return [...forecast, ...before, ...own];
}

function barsOf({ series, compared }: Panel, display: Display, id: string): ReactNode[] {
  const stacked = display === 'stacked';
  const own = series.map(({ key }) => (
    <Bar
      key={key}
      isAnimationActive={false}
      dataKey={({ values }: Point) => values[key] ?? null}
      fill={`url(#${id}-${key})`}
      stackId={stacked ? 'all' : undefined}
      maxBarSize={36}
      radius={stacked ? 0 : 2}
    />
  ));
  if (!compared || stacked) return own;
  return [
    ...own,
    <Bar
      key="previous"
      isAnimationActive={false}
      dataKey="previous"
      fill={colourOf(0)}
      fillOpacity={0.15}
      stroke={colourOf(0)}
      strokeDasharray={PREVIOUS_DASH}
      maxBarSize={36}
    />,
  ];
}
