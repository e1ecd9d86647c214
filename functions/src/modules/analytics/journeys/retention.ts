import { z } from 'zod';
import { defineEndpoint } from '../../../kernel/define.ts';
import type { QueryResult } from '../../../kernel/ports/warehouse.ts';
import type { Asker } from '../catalogue.ts';
import { compileRetention } from './compile-retention.ts';
import { COHORT_GRAINS, periodNumberOf, periodStart } from './dialect.ts';
import { type RetentionRequest, retentionRequest } from './request.ts';
import { type Rows, rowsOf } from './rows.ts';
import { amountOf, oneCurrency, ran, runJourney, shareOf } from './run.ts';

const cell = z.object({
  /** 0 is the period of the start itself. */
  period: z.number(),
  /** How many came back; null while the period has not ended. */
  returned: z.number().nullable(),
  share: z.number().nullable(),
  /** Sum of the value metric over this period; null without one, and while the period has not ended. */
  value: z.number().nullable(),
  /** Whether the period has ended. */
  complete: z.boolean(),
});

const output = ran.extend({
  grain: z.enum(COHORT_GRAINS),
  /** ISO 4217 of the values, in major units; null when they are no money. */
  currency: z.string().nullable(),
  asOf: z.string(),
  /** By the first day of the period in which the subjects started; all periods of the range, in order. */
  cohorts: z.array(
    z.object({
      cohort: z.string(),
      size: z.number(),
      /** Whether the period has ended, so that nobody can join the cohort any more. */
      complete: z.boolean(),
      periods: z.array(cell),
    }),
  ),
  /** All cohorts together; each period of those cohorts for which it has ended, whose subjects `size` counts. */
  overall: z.array(cell.extend({ size: z.number() })),
});
type Retention = z.output<typeof output>;
type Cell = z.output<typeof cell>;

/**
 * A subject belongs to the cohort of its first row of `start` in the range. It returned in period n when it has a row
 * of `return`, at or after that moment, in the n-th period after that of its cohort (`on-or-after`: or in a later one).
 */
export const retention = defineEndpoint({
  name: 'analytics.retention',
  summary: 'Which part of the contacts who started in a period come back in the periods after it.',
  access: 'viewer',
  input: retentionRequest,
  output,
  example: {
    start: { metric: 'orders' },
    return: { metric: 'orders' },
    value: { metric: 'revenue', filters: { currency: 'EUR' } },
    grain: 'month',
    periods: 12,
    from: '2026-01-01',
    to: '2027-01-01',
  },
  handle: (ctx, input) => computeRetention(ctx, input, ctx.ports.clock.now()),
});

/** @param now milliseconds */
export async function computeRetention(
  asker: Asker,
  request: RetentionRequest,
  now: number,
): Promise<Retention> {
  const asOf = request.asOf === undefined ? now : Date.parse(request.asOf);
  const selections = [request.start, request.return, ...(request.value ? [request.value] : [])];
  const { context, rows, ran } = await runJourney(
    asker,
    selections.map(({ metric }) => metric),
    (each) => compileRetention(each, request, request.asOf === undefined ? minuteAfter(now) : asOf),
  );
  const value = request.value && rowsOf(context, request.value, 'value');
  const currency = oneCurrency(rows, 'value');
  const cohorts = cohortNumbers(request).map((number) =>
    cohortOf(request, number, rows, { asOf, value, currency }),
  );
  const overall = Array.from({ length: request.periods + 1 }, (_, period) =>
    overallOf(cohorts, period, value),
  );
  return {
    grain: request.grain,
    currency,
    asOf: new Date(asOf).toISOString(),
    cohorts,
    overall,
    ...ran,
  };
}

/** What is asked within one minute is one statement, whose answer is kept. */
const minuteAfter = (time: number): number => Math.ceil(time / 60_000) * 60_000;

interface Known {
  readonly asOf: number;
  readonly value: Rows | undefined;
  readonly currency: string | null;
}

function cohortOf(
  { grain, periods, kind }: RetentionRequest,
  number: number,
  all: QueryResult['rows'],
  { asOf, value, currency }: Known,
): Retention['cohorts'][number] {
  const rows = all.filter((row) => Number(row.cohort) === number);
  const size = Number(rows.find((row) => row.kind === 'size')?.subjects ?? 0);
  const ended = (period: number): boolean => periodStart(number + period + 1, grain) <= asOf;
  const returned = (period: number): number =>
    rows
      .filter((row) => row.kind === 'returned')
      .filter(({ n }) => (kind === 'on' ? Number(n) === period : Number(n) >= period))
      .reduce((sum, row) => sum + Number(row.subjects), 0);
  const cells = Array.from({ length: periods + 1 }, (_, period): Cell => {
    if (!ended(period)) return { period, returned: null, share: null, value: null, complete: false };
    const count = returned(period);
    const sum = rows.find((row) => row.kind === 'value' && Number(row.n) === period)?.value;
    return {
      period,
      returned: count,
      share: shareOf(count, size),
      value: value ? amountOf(value, sum, currency) : null,
      complete: true,
    };
  });
  return {
    cohort: new Date(periodStart(number, grain)).toISOString().slice(0, 10),
    size,
    complete: ended(0),
    periods: cells,
  };
}

const cohortNumbers = ({ from, to, grain }: RetentionRequest): number[] => {
  const first = periodNumberOf(Date.parse(from), grain);
  const last = periodNumberOf(Date.parse(to) - 1, grain);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => first + index);
};

function overallOf(
  cohorts: Retention['cohorts'],
  period: number,
  value: Rows | undefined,
): Retention['overall'][number] {
  const ended = cohorts.filter((cohort) => cohort.periods[period]?.complete);
  const sum = (of: (cell: Cell) => number | null): number =>
    ended.reduce((total, cohort) => total + (of(cohort.periods[period] as Cell) ?? 0), 0);
  const size = ended.reduce((total, cohort) => total + cohort.size, 0);
  if (ended.length === 0) return { period, size, returned: null, share: null, value: null, complete: false };
  const returned = sum((cell) => cell.returned);
  return {
    period,
    size,
    returned,
    share: shareOf(returned, size),
    value: value ? Math.round(sum((cell) => cell.value) * 1e6) / 1e6 : null,
    complete: true,
  };
}
