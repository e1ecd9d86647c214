import type { Dataset } from '../datasets.collection.ts';
import type { Finding, Subject } from './evaluate.ts';
import type { Rule } from './rules.collection.ts';

const HOUR_MS = 3_600_000;

/** The newest load's rows against limits and against the load before. */
export function compareRowCount(rule: Rule, { older, newest }: Pick<Subject, 'older' | 'newest'>): Finding {
  const measured = newest?.rows ?? 0;
  const before = earlier(rule, newest?.name).at(-1) ?? older.filter(({ mends }) => !mends).at(-1)?.rows;
  const tooFew = typeof rule.min === 'number' && measured < rule.min;
  const tooMany = typeof rule.max === 'number' && measured > rule.max;
  const failed = tooFew || tooMany || isFar(rule, measured, before, 'relative');
  return finding(failed, measured, before);
}

/** What the newest load measures against the mean of the loads before; without one there is nothing to be far from. */
export function compareDrift(
  rule: Rule,
  { newest }: Pick<Subject, 'newest'>,
  measured: number | undefined,
  others: number | undefined,
): Finding {
  if (measured === undefined)
    return { state: 'unchecked', message: 'The load has no value to measure.', byNewest: false };
  const known = earlier(rule, newest?.name);
  const expected =
    known.length === 0 ? others : known.reduce((total, value) => total + value, 0) / known.length;
  const failed = isFar(rule, measured, expected, rule.measure === 'mean' ? 'relative' : 'absolute');
  return finding(failed, measured, expected);
}

/** Hours since something was loaded. */
export function compareFreshness(rule: Rule, { loadedAt, createdAt }: Dataset, now: number): Finding {
  const measured = Math.max(0, (now - Date.parse(loadedAt ?? createdAt)) / HOUR_MS);
  return { ...finding(measured > (rule.hours ?? 0), measured, rule.hours), byNewest: false };
}

/** What loads other than this one measured. */
const earlier = ({ baseline }: Rule, part: string | undefined): number[] =>
  baseline.filter(({ loadId }) => loadId !== part).map(({ value }) => value);

/** In percent of what is expected, or in points of a share. */
function isFar(
  { maxChange }: Rule,
  measured: number,
  expected: number | undefined,
  way: 'relative' | 'absolute',
): boolean {
  if (maxChange === undefined || expected === undefined) return false;
  const distance = Math.abs(measured - expected);
  return distance > (way === 'relative' ? (Math.abs(expected) * maxChange) / 100 : maxChange);
}

const finding = (failed: boolean, measured: number, expected: number | undefined): Finding => ({
  state: failed ? 'failed' : 'passed',
  measured,
  ...(expected === undefined ? {} : { expected }),
  byNewest: failed,
});
