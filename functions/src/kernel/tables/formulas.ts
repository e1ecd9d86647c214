/**
 * What makes spreadsheet programs run a text as a formula, also in its full-width spelling, and what they skip before
 * it (OWASP, "CSV Injection").
 */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** A text that begins like a formula, or like a guarded one, gets an apostrophe more; plain numbers are harmless. */
export const guarded = (text: string): string =>
  FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;

/** Takes off the apostrophe that `guarded` put there. */
export const unguarded = (text: string): string =>
  text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
