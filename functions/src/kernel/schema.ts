import { z } from 'zod';
import { type FieldError, Problem } from './errors.ts';

/** An object that refuses members it does not name. */
export const strictObject = (shape: z.ZodRawShape): z.ZodType<Record<string, unknown>> =>
  z.strictObject(shape) as unknown as z.ZodType<Record<string, unknown>>;

/** RFC 3339 in any offset; stored as UTC with milliseconds, so that text order is time order. */
export const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

/** ISO 4217 code. */
export const currency = z.string().regex(/^[A-Z]{3}$/, 'Use a three-letter ISO 4217 code such as EUR.');

/** Money in minor units (cents, pence); exact up to 2^53. */
export const money = z.int();

/** Parses input from outside; throws a 422 Problem that lists every refused field. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, where = 'The request'): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new Problem('invalid', `${where} has fields to correct.`, { errors: fieldErrors(result.error) });
}

/** One entry a refused field; an unknown field is named by its own path. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue): FieldError[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: [...issue.path, key].join('.'),
        message: 'This field is not known.',
        code: 'unknown_field',
      }));
    return [{ path: issue.path.join('.'), message: issue.message, code: issue.code }];
  });
}

/** Name of a time zone: `Europe/Berlin`. Offsets such as `+01:00` know no summer time, and are none. */
export const timezone = z.string().max(60).refine(isTimezone, 'Use an IANA time zone such as Europe/Berlin.');

function isTimezone(name: string): boolean {
  try {
    return /^[A-Za-z][\w+/-]*$/.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
