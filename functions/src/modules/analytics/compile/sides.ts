import { comparedRange } from '../periods.ts';
import { type QueryRequest, rangeOf } from '../request.ts';
import type { Shift } from './dialect.ts';

/** One of the ranges of a query: the one asked for, or the one it is compared with. */
export interface Side {
  readonly kind: 'current' | 'previous';
  readonly request: QueryRequest;
  /** Takes its buckets to those they stand beside. */
  readonly later?: Shift | undefined;
  /**
   * Whether each day stands beside its date of another year, where 29 February has none to stand beside: it is left
   * out on either side.
   */
  readonly skipsLeapDay: boolean;
}

export function sidesOf(request: QueryRequest): readonly Side[] {
  const { compare, grain, timezone = 'UTC' } = request;
  const current: Side = { kind: 'current', request, skipsLeapDay: false };
  if (!compare) return [current];
  const { from, to, later } = comparedRange(rangeOf(request), compare, grain, timezone);
  const skipsLeapDay = (grain === 'day' || grain === 'hour') && later?.unit === 'month';
  return [current, { kind: 'previous', request: { ...request, from, to }, later, skipsLeapDay }];
}
