import { z } from 'zod';
import type { QueryResult } from '../../../kernel/ports/warehouse.ts';
import { answer } from '../answers.ts';
import type { Asker } from '../catalogue.ts';
import type { Statement } from '../compile/parameters.ts';
import { minorDigits, toMajor } from '../money.ts';
import { compileContext } from '../run-query.ts';
import { isDataset } from '../sources.ts';
import { journeyDialectOf } from './dialect.ts';
import { type JourneyContext, type Rows, refused } from './rows.ts';

/** How an answer came about, told with each. */
export const ran = z.object({ sql: z.string(), engine: z.string(), elapsedMs: z.number() });

interface Answered {
  readonly context: JourneyContext;
  readonly rows: QueryResult['rows'];
  readonly ran: z.output<typeof ran>;
}

/** Compiles one statement for one caller of one tenant, and runs it. */
export async function runJourney(
  asker: Asker,
  metrics: readonly string[],
  compile: (context: JourneyContext) => Statement,
): Promise<Answered> {
  const started = performance.now();
  const { engine } = asker.app.ports.warehouse;
  const context = { ...(await compileContext(asker, metrics)), journey: journeyDialectOf(engine) };
  const statement = compile(context);
  const { rows } = await answer(asker, context, statement);
  const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
  return { context, rows, ran: { sql: statement.sql, engine, elapsedMs } };
}

/** The one currency of all amounts; null without amounts. 422 when they are in several, which are never added up. */
export function oneCurrency(rows: QueryResult['rows'], path: string): string | null {
  const found = new Set(
    rows.flatMap((row) => [row.low_currency, row.high_currency]).filter((code) => typeof code === 'string'),
  );
  const [code, ...others] = [...found].sort();
  if (others.length === 0) return code ?? null;
  throw refused(
    `${path}.filters.currency`,
    'currency_required',
    `The amounts are in several currencies, ${[code, ...others].join(' and ')} among them, and cannot be added up. Filter by currency.`,
  );
}

/** Sums as callers see them: money in major units; null for metrics that add nothing up. */
export function amountOf({ metric, scale }: Rows, value: unknown, currency: string | null): number | null {
  if (metric.aggregate !== 'sum' && metric.aggregate !== 'count') return null;
  const amount = Number(value ?? 0);
  if (metric.format !== 'money') return amount;
  // Records hold minor units; files hold amounts as people write them.
  const isMinor = scale !== undefined || !isDataset(metric.source);
  return isMinor ? toMajor(amount, currency ?? '') : Number(amount.toFixed(minorDigits(currency ?? '')));
}

/** Part of a whole, from 0 to 1; null of nothing. */
export const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
