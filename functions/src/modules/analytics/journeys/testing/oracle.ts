import type { FunnelRequest, RetentionRequest, RowSelection } from '../request.ts';
import type { ShopEvent } from './shop.ts';

/**
 * Journeys as their definitions say them, computed in memory without a thought for speed, and without a line of what is
 * tested. Subjects are walked one by one; whether a chain exists is found by trying every row.
 */
interface Row {
  readonly id: string;
  readonly who: string | undefined;
  /** Milliseconds. */
  readonly time: number;
  readonly event: ShopEvent;
  readonly amounts: readonly number[];
}

const KIND: Readonly<Record<string, ShopEvent['kind'] | undefined>> = {
  views: 'view',
  signups: 'signup',
  purchases: 'order',
  sales: 'order',
};

/** The rows of a metric, one a record. */
export function rowsOf(all: readonly ShopEvent[], { metric, filters }: RowSelection): Row[] {
  return all
    .filter(({ kind }) => KIND[metric] === undefined || kind === KIND[metric])
    .map((event) => {
      const lines = event.lines.filter(({ sku }) => matches(sku, filters.product));
      return {
        id: event.id,
        who: event.who,
        time: Date.parse(metric === 'daily' ? event.at.slice(0, 10) : event.at),
        event,
        amounts:
          metric === 'sales' ? lines.map(({ amount }) => amount) : metric === 'score' ? [event.score] : [1],
      };
    })
    .filter(({ amounts }) => amounts.length > 0)
    .filter(
      ({ event }) => matches(event.country, filters.country) && matches(event.channel, filters.channel),
    );
}

/** Filters of the tests are a value or a list of values. */
const matches = (value: string | undefined, filter: unknown): boolean =>
  filter === undefined || [filter].flat().includes(value ?? null);

const inOrder = (rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

export interface OracleStep {
  readonly subjects: number;
  readonly medianSeconds: number | null;
}

/** Figures of each step, over all and by member. */
export function funnelOf(
  all: readonly ShopEvent[],
  request: FunnelRequest,
): { steps: OracleStep[]; members: Map<string | null, OracleStep[]> } {
  const [from, to] = [Date.parse(request.from), Date.parse(request.to)];
  const byStep = request.steps.map((step) => rowsOf(all, step));
  const walks: { member: string | null; depth: number; took: number[] }[] = [];
  for (const who of new Set(all.map((event) => event.who))) {
    if (who === undefined) continue;
    const own = byStep.map((rows) => inOrder(rows.filter((row) => row.who === who && row.time >= from)));
    const entry = own[0]?.find(({ time }) => time < to);
    if (!entry) continue;
    const window = request.within ?? Number.POSITIVE_INFINITY;
    const fits = own.map((rows) =>
      rows.filter((row) => row.time >= entry.time && row.time <= entry.time + window),
    );
    const key = request.steps.map(({ metric, filters }) => JSON.stringify([metric, filters]));
    const depth = deepest(request, fits, key, [entry]);
    const took = earliest(request, fits, key, entry, depth);
    const member = request.by === undefined ? null : (dimension(entry, request.by) ?? null);
    walks.push({ member, depth, took });
  }
  const figures = (some: typeof walks): OracleStep[] =>
    request.steps.map((_, step) => {
      const there = some.filter(({ depth }) => depth > step);
      const took = there.map((walk) => walk.took[step] ?? 0);
      return {
        subjects: there.length,
        medianSeconds: step === 0 || there.length === 0 ? null : median(took) / 1000,
      };
    });
  const members = Map.groupBy(walks, ({ member }) => member);
  return {
    steps: figures(walks),
    members: new Map([...members].map(([member, some]) => [member, figures(some)])),
  };
}

export const dimension = (row: Row, name: string): string | undefined =>
  name === 'country' ? row.event.country : row.event.channel;

/** How many steps any choice of rows reaches. */
function deepest(
  request: FunnelRequest,
  rows: readonly (readonly Row[])[],
  key: readonly string[],
  chosen: readonly Row[],
): number {
  const step = chosen.length;
  const last = chosen[step - 1];
  let best = step;
  for (const row of rows[step] ?? []) {
    const early = request.order === 'strict' && last !== undefined && row.time < last.time;
    const used = chosen.some((other, index) => key[index] === key[step] && other.id === row.id);
    if (early || used) continue;
    best = Math.max(best, deepest(request, rows, key, [...chosen, row]));
    if (best === rows.length) break;
  }
  return best;
}

/** Milliseconds between the steps when each is as early as it can be. */
function earliest(
  request: FunnelRequest,
  rows: readonly (readonly Row[])[],
  key: readonly string[],
  entry: Row,
  depth: number,
): number[] {
  const chosen = [entry];
  const reached = [entry.time];
  for (let step = 1; step < depth; step++) {
    const before = reached[step - 1] ?? 0;
    const next = rows[step]?.find(
      (row) =>
        (request.order === 'any' || row.time >= before) &&
        !chosen.some((other, index) => key[index] === key[step] && other.id === row.id),
    );
    if (!next) throw new Error('the earliest rows do not reach as deep as others');
    chosen.push(next);
    reached.push(Math.max(before, next.time));
  }
  return reached.map((time, step) => time - (reached[step - 1] ?? time));
}

/** The day a period begins with, found by walking the calendar. */
function periodDay(time: number, grain: RetentionRequest['grain']): string {
  const date = new Date(time);
  date.setUTCHours(0, 0, 0, 0);
  if (grain === 'week') while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1);
  if (grain === 'month') date.setUTCDate(1);
  return date.toISOString().slice(0, 10);
}

function nextDay(day: string, grain: RetentionRequest['grain']): string {
  const date = new Date(day);
  do date.setUTCDate(date.getUTCDate() + 1);
  while (periodDay(date.getTime(), grain) === periodDay(Date.parse(day), grain));
  return date.toISOString().slice(0, 10);
}

export interface OracleCohort {
  readonly cohort: string;
  readonly size: number;
  readonly complete: boolean;
  readonly periods: { returned: number | null; value: number | null }[];
}

/** Values are in the unit of the rows. */
export function retentionOf(all: readonly ShopEvent[], request: RetentionRequest): OracleCohort[] {
  const [from, to] = [Date.parse(request.from), Date.parse(request.to)];
  const asOf = Date.parse(request.asOf ?? '');
  const { grain } = request;
  const known = (selection: RowSelection): Row[] =>
    inOrder(rowsOf(all, selection).filter(({ time }) => time < asOf));
  const [starts, returns] = [known(request.start), known(request.return)];
  const values = request.value ? known(request.value) : [];
  const firsts = [...new Set(all.map(({ who }) => who))].flatMap((who) => {
    const own = starts.filter((row) => who !== undefined && row.who === who && row.time < to);
    if (request.newOnly && own.some(({ time }) => time < from)) return [];
    return own.filter(({ time }) => time >= from).slice(0, 1);
  });
  const cohorts: OracleCohort[] = [];
  for (let cohort = periodDay(from, grain); Date.parse(cohort) < to; cohort = nextDay(cohort, grain)) {
    const members = firsts.filter(({ time }) => periodDay(time, grain) === cohort);
    let period = cohort;
    const periods: OracleCohort['periods'] = [];
    for (let n = 0; n <= request.periods; n++) {
      const [day, next] = [period, nextDay(period, grain)];
      const after = (rows: readonly Row[], first: Row): Row[] =>
        rows.filter((row) => row.who === first.who && row.time >= first.time && row.time >= Date.parse(day));
      const isIn = ({ time }: Row): boolean => time < Date.parse(next);
      const back = members.filter((first) =>
        after(returns, first).some((row) => request.kind === 'on-or-after' || isIn(row)),
      );
      const sum = members
        .flatMap((first) => after(values, first).filter(isIn))
        .flatMap(({ amounts }) => amounts)
        .reduce((total, amount) => total + amount, 0);
      periods.push(
        Date.parse(next) <= asOf
          ? { returned: back.length, value: request.value ? sum : null }
          : { returned: null, value: null },
      );
      period = next;
    }
    cohorts.push({
      cohort,
      size: members.length,
      complete: Date.parse(nextDay(cohort, grain)) <= asOf,
      periods,
    });
  }
  return cohorts;
}
