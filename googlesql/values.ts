/** Texts of GoogleSQL's values and back: FLOAT64, NUMERIC, JSON, dates and times. */

export { canonicalJson } from './values/json.ts';
export { numericUnits } from './values/numeric.ts';
export {
  DAY,
  parseDate,
  parseDatetime,
  parseTime,
  parseTimestamp,
} from './values/temporal.ts';
