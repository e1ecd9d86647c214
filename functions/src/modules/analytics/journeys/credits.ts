import type { JourneyDialect } from './dialect.ts';
import type { Model } from './request.ts';

/**
 * The share of a conversion that the touch `nth` of `many` is given, as SQL. With `position` the first and the last touch
 * have 40 % each and those between 20 % together; two touches have half each, one has all.
 */

/** Which touches a model gives anything. */
export const touchesOf = (model: Model): string =>
  ({ first: 'nth = 1', last: 'nth = many', linear: 'TRUE', position: 'TRUE' })[model];

const IS_END = 'nth = 1 OR nth = many';

/** From 0 to 1. */
export const shareSql = (model: Model): string =>
  ({
    first: '1.0',
    last: '1.0',
    linear: '1.0 / many',
    position: `CASE WHEN many <= 2 THEN 1.0 / many WHEN ${IS_END} THEN 0.4 ELSE 0.2 / (many - 2) END`,
  })[model];

/**
 * The share in whole units of a whole amount that is not negative, by the largest remainder (Hamilton's method): each
 * touch has its share rounded down, and the units that are left go one each to the largest remainders, the earliest
 * first. As touches have one of two shares at most, everybody's turn is known without sorting.
 */
export function creditOf(model: Model, amount: string, { divide }: JourneyDialect): string {
  if (model === 'first' || model === 'last') return amount;
  const equal = `${divide(amount, 'many')} + CASE WHEN nth <= MOD(${amount}, many) THEN 1 ELSE 0 END`;
  if (model === 'linear') return equal;
  // In parts of 5 (many - 2), an end has 2 (many - 2) and every other touch has one.
  const parts = '(5 * (many - 2))';
  const rest = `MOD(${amount}, ${parts})`;
  const quotient = divide(amount, parts);
  const endUnits = divide(`2 * ${rest}`, '5');
  const endRemainder = `MOD(2 * ${rest}, 5) * (many - 2)`;
  const floor = `CASE WHEN ${IS_END} THEN 2 * (many - 2) * (${quotient}) + ${endUnits} ELSE ${quotient} END`;
  const turn = `CASE WHEN ${endRemainder} > ${rest} THEN CASE WHEN nth = 1 THEN 1 WHEN nth = many THEN 2 ELSE nth + 1 END WHEN ${endRemainder} = ${rest} THEN nth WHEN nth = 1 THEN many - 1 WHEN nth = many THEN many ELSE nth - 1 END`;
  return `CASE WHEN many <= 2 THEN ${equal} ELSE ${floor} + CASE WHEN ${turn} <= ${rest} - 2 * (${endUnits}) THEN 1 ELSE 0 END END`;
}
