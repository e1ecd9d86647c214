import { type Anomaly, REFERENCE, THRESHOLD } from './anomalies.ts';
import { type Breakdown, type Contribution, factorEffects, topShare, turnover } from './contributions.ts';
import type { Period } from './periods.ts';
import { dayName, during, periodName, type Writer } from './text.ts';

export interface Figure {
  readonly label: string;
  readonly value: number;
  readonly format: 'money' | 'number' | 'percent';
}

/** One finding in plain sentences, with the figures they rest on and the query that shows them. */
export interface Draft {
  readonly id: string;
  readonly kind: 'change' | 'driver' | 'customers' | 'concentration' | 'anomaly';
  readonly title: string;
  readonly text: string;
  readonly figures: readonly Figure[];
  readonly query: ChartQuery;
}

/** The part of a metric query that the drafts use. */
export interface ChartQuery {
  metrics: string[];
  dimensions?: string[];
  filters: Record<string, string>;
  grain?: 'day' | 'week';
  from: string;
  to: string;
  limit?: number;
}

export interface Totals {
  readonly revenue: number;
  readonly orders: number;
}

/** What every draft of one answer has in common. */
export interface Frame {
  readonly current: Period;
  readonly previous: Period;
  readonly writer: Writer;
  /** Filters of every query behind the drafts, such as the currency. */
  readonly filters: Record<string, string>;
}

const money = (label: string, value: number): Figure => ({ label, value, format: 'money' });
const number = (label: string, value: number): Figure => ({ label, value, format: 'number' });
const percent = (label: string, value: number): Figure => ({ label, value, format: 'percent' });
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const join = (...sentences: (string | false | undefined)[]): string => sentences.filter(Boolean).join(' ');

/** The change of revenue, and how much of it more orders and larger orders made. */
export function draftChange(frame: Frame, before: Totals, after: Totals): Draft {
  const { writer: w, current, previous } = frame;
  const delta = after.revenue - before.revenue;
  const share = before.revenue > 0 ? delta / before.revenue : undefined;
  const moved = delta > 0 ? 'rose' : delta < 0 ? 'fell' : 'stayed the same';
  const [now, then] = [periodName(current), periodName(previous)];
  const title =
    share === undefined || delta === 0
      ? `Revenue was ${w.money(after.revenue)}`
      : `Revenue ${moved} ${w.percent(Math.abs(share))} to ${w.money(after.revenue)}`;
  const compared =
    delta === 0
      ? `the same as ${during(previous)}.`
      : `${w.money(Math.abs(delta))} ${delta > 0 ? 'more' : 'less'} than ${during(previous)} (${w.money(before.revenue)})${share === undefined ? '' : `, a change of ${w.percent(share)}`}.`;
  const averages = before.orders > 0 && after.orders > 0;
  const [countBefore, countAfter] = [
    { count: before.orders, average: averages ? before.revenue / before.orders : 0 },
    { count: after.orders, average: averages ? after.revenue / after.orders : 0 },
  ];
  const effects = factorEffects(countBefore, countAfter);
  return {
    id: 'change-revenue',
    kind: 'change',
    title,
    text: join(
      `Revenue was ${w.money(after.revenue)} ${during(current)}, ${compared}`,
      averages &&
        `Orders went from ${w.number(before.orders)} to ${w.number(after.orders)}, which accounts for ${w.signedMoney(effects.count)}; the average order went from ${w.money(countBefore.average)} to ${w.money(countAfter.average)}, which accounts for ${w.signedMoney(effects.average)}.`,
    ),
    figures: [
      money(`Revenue, ${now}`, after.revenue),
      money(`Revenue, ${then}`, before.revenue),
      money('Change', delta),
      ...(share === undefined ? [] : [percent('Change in percent', share)]),
      number(`Orders, ${now}`, after.orders),
      number(`Orders, ${then}`, before.orders),
      ...(averages
        ? [
            money('Effect of the number of orders', effects.count),
            money('Effect of the average order', effects.average),
          ]
        : []),
    ],
    query: {
      metrics: ['revenue', 'orders'],
      filters: frame.filters,
      grain: 'day',
      from: previous.from,
      to: current.to,
    },
  };
}

/**
 * The members of a dimension that made the change, and those that went against it.
 * @param nameOf the name of a member, as sentences use it
 * @param unnamed whether there are rows without a member, which the breakdown leaves out
 */
export function draftDrivers(
  frame: Frame,
  dimension: string,
  found: Breakdown,
  nameOf: (member: string) => string,
  unnamed: boolean,
): Draft | undefined {
  const { writer: w, current, previous } = frame;
  const [first, ...others] = found.drivers;
  if (!first || found.delta === 0 || found.contributions.length < 2) return undefined;
  const scope = unnamed ? ` among sales with a ${dimension}` : '';
  const noun = found.delta > 0 ? 'rise' : 'fall';
  const share = ({ delta }: Contribution): number => delta / found.delta;
  const signed = (each: Contribution): string => `${nameOf(each.member)} (${w.signedMoney(each.delta)})`;
  return {
    id: `driver-${dimension}`,
    kind: 'driver',
    title: `${capital(nameOf(first.member))} made ${w.percent(share(first))} of the ${noun}, by ${dimension}`,
    text: join(
      `By ${dimension}, ${nameOf(first.member)} made ${w.signedMoney(first.delta)} of the ${noun} of ${w.money(Math.abs(found.delta))}${scope} (${w.percent(share(first))}): it went from ${w.money(first.before)} ${during(previous)} to ${w.money(first.after)}.`,
      others.length > 0 && `Next: ${others.map(signed).join(', ')}.`,
      found.against.length > 0 && `Against it: ${found.against.map(signed).join(', ')}.`,
    ),
    figures: [
      ...[...found.drivers, ...found.against].map((each) => money(nameOf(each.member), each.delta)),
      percent(`Share of ${nameOf(first.member)}`, share(first)),
    ],
    query: {
      metrics: ['revenue'],
      dimensions: [dimension],
      filters: frame.filters,
      from: current.from,
      to: current.to,
      limit: 20,
    },
  };
}

/** Customers who came, went and stayed, and what went without a named customer. */
export function draftCustomers(
  frame: Frame,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  unnamed: number,
): Draft | undefined {
  const { writer: w, current, previous } = frame;
  if (before.size === 0 || after.size === 0) return undefined;
  const { gained, lost, kept } = turnover(before, after);
  return {
    id: 'customers',
    kind: 'customers',
    title: `${w.number(gained.count)} customers came, ${w.number(lost.count)} went`,
    text: join(
      `${w.number(gained.count)} customers who had not bought ${during(previous)} brought ${w.money(gained.value)};`,
      `${w.number(lost.count)} who had bought then did not, and had brought ${w.money(lost.value)}.`,
      `The ${w.number(kept.count)} who bought in both went from ${w.money(kept.before)} to ${w.money(kept.after)}.`,
      unnamed !== 0 && `Sales without a named customer were ${w.money(unnamed)}.`,
    ),
    figures: [
      number('Customers who came', gained.count),
      money('What they brought', gained.value),
      number('Customers who went', lost.count),
      money('What they had brought', lost.value),
      number('Customers of both periods', kept.count),
      money('Their revenue before', kept.before),
      money('Their revenue now', kept.after),
      ...(unnamed === 0 ? [] : [money('Without a named customer', unnamed)]),
    ],
    query: {
      metrics: ['customers', 'revenue'],
      filters: frame.filters,
      grain: 'week',
      from: previous.from,
      to: current.to,
    },
  };
}

const LARGEST = 10;

/** How much of revenue hangs on the ten largest customers. */
export function draftConcentration(
  frame: Frame,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Draft | undefined {
  const { writer: w, current, previous } = frame;
  const [then, now] = [topShare(before, LARGEST), topShare(after, LARGEST)];
  if (now === undefined || after.size <= LARGEST) return undefined;
  return {
    id: 'concentration-customer',
    kind: 'concentration',
    title: `The ${LARGEST} largest customers brought ${w.percent(now)} of revenue`,
    text: join(
      `The ${LARGEST} largest of ${w.number(after.size)} named customers brought ${w.percent(now)} of the revenue from named customers ${during(current)}.`,
      then !== undefined && before.size > LARGEST && `It was ${w.percent(then)} ${during(previous)}.`,
    ),
    figures: [
      percent(`Share, ${periodName(current)}`, now),
      ...(then === undefined ? [] : [percent(`Share, ${periodName(previous)}`, then)]),
      number('Named customers', after.size),
    ],
    query: {
      metrics: ['revenue'],
      dimensions: ['customer'],
      filters: frame.filters,
      from: current.from,
      to: current.to,
      limit: LARGEST,
    },
  };
}

/** A day or week that stands out from those before it, with the rule that says so. */
export function draftAnomaly(
  frame: Frame,
  { day, value, median, score }: Anomaly,
  grain: 'day' | 'week',
): Draft {
  const { writer: w, previous, current } = frame;
  const side = value > median ? 'high' : 'low';
  const when = grain === 'day' ? `on ${dayName(day)}` : `in the week from ${dayName(day)}`;
  return {
    id: `anomaly-${grain}-${day}`,
    kind: 'anomaly',
    title: `Unusually ${side} revenue ${when}`,
    text: `Revenue ${when} was ${w.money(value)}; the median of up to ${REFERENCE} trading ${grain}s before it was ${w.money(median)}. Its robust z-score is ${w.number(score)}, and ${w.number(THRESHOLD)} either way counts as unusual.`,
    figures: [
      money(`Revenue of the ${grain}`, value),
      money('Median before', median),
      number('Robust z-score', score),
    ],
    query: { metrics: ['revenue'], filters: frame.filters, grain, from: previous.from, to: current.to },
  };
}
