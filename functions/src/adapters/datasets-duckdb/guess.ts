import type { ColumnFormat, InspectedColumn } from '../../kernel/ports/datasets.ts';
import type { ColumnType } from '../../kernel/ports/warehouse.ts';
import { DATE_PATTERNS, TIME_PATTERNS } from './patterns.ts';

type Guess = Pick<InspectedColumn, 'type' | 'format' | 'alternatives'>;

/** Texts that stand for "nothing", in spreadsheets and database exports. */
export const NULL_TEXTS = ['', 'NULL', 'null', '\\N', 'N/A', '#N/A'] as const;

/** In a thousand values one may be broken: it goes into quarantine instead of making a text of the column. */
const TOLERATED = 1_000;

/** What a column holds, judged by its texts (without the empty ones); text when nothing narrower fits. */
export function guess(texts: readonly string[]): Guess {
  if (texts.length === 0) return { type: 'string' };
  const most = Math.ceil(texts.length - texts.length / TOLERATED);
  const needed = texts.length < TOLERATED ? texts.length : most;
  const fits = (test: (text: string) => boolean): boolean => {
    let misfits = 0;
    for (const text of texts) if (!test(text) && ++misfits > texts.length - needed) return false;
    return true;
  };
  return booleanOf(fits) ?? numberOf(fits) ?? momentOf(fits) ?? jsonOf(fits) ?? { type: 'string' };
}

type Fits = (test: (text: string) => boolean) => boolean;

const BOOLEANS: readonly (readonly [string, string])[] = [
  ['true', 'false'],
  ['yes', 'no'],
  ['y', 'n'],
];

function booleanOf(fits: Fits): Guess | undefined {
  for (const [yes, no] of BOOLEANS)
    if (fits((text) => [yes, no].includes(text.toLowerCase())))
      return { type: 'boolean', ...(yes === 'true' ? {} : { format: { kind: 'boolean', yes, no } }) };
  return undefined;
}

/** A leading zero belongs to a code (a postcode, a phone number), which is no number. */
const INTEGER = /^[+-]?(?:0|[1-9]\d{0,17})$/;
const PLAIN = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;
/** Groups of thousands, a currency sign, a percent sign, or the brackets of accountants. */
const written = (decimal: '.' | ',', group: string): RegExp => {
  const figure = `(?:\\d{1,3}(?:[${group}]\\d{3})+|0|[1-9]\\d*)(?:\\${decimal}\\d+)?`;
  const sign = '[€$£¥]?\\s?';
  return new RegExp(`^(?:[+-]?${sign}${figure}\\s?[€$£¥%]?|\\(${sign}${figure}\\))$`);
};
const POINT = written('.', ",\\u0020\\u00a0\\u202f'");
const COMMA = written(',', ".\\u0020\\u00a0\\u202f'");

function numberOf(fits: Fits): Guess | undefined {
  if (fits((text) => INTEGER.test(text))) return { type: 'integer' };
  if (fits((text) => PLAIN.test(text))) return { type: 'number' };
  const point = fits((text) => POINT.test(text));
  const comma = fits((text) => COMMA.test(text));
  if (!point && !comma) return undefined;
  const [first, ...others] = [...(comma ? [','] : []), ...(point ? ['.'] : [])] as ('.' | ',')[];
  return choice(
    'number',
    [first, ...others].flatMap((decimal) => (decimal ? [{ kind: 'number', decimal } as const] : [])),
  );
}

const TIMES = TIME_PATTERNS.map(({ shape }) => shape).join('|');
const OFFSET = '(?:z|[+-]\\d{2}(?::?\\d{2})?)';

function momentOf(fits: Fits): Guess | undefined {
  const [iso] = DATE_PATTERNS;
  const dates = DATE_PATTERNS.filter(({ shape }) => fits(test(`^${shape}$`)));
  if (dates.length > 0)
    return dates[0] === iso
      ? { type: 'date' }
      : choice(
          'date',
          dates.map(({ name }) => ({ kind: 'date', pattern: name })),
        );
  // Among times, a day alone is its midnight.
  if (iso && fits(test(`^${iso.shape}(?:[ T](?:${TIMES}) ?${OFFSET}?)?$`))) return { type: 'timestamp' };
  const moments = DATE_PATTERNS.filter(({ shape }) => fits(test(`^${shape} (?:${TIMES})$`)));
  if (moments.length === 0) return undefined;
  return choice(
    'timestamp',
    moments.map(({ name }) => ({ kind: 'timestamp', pattern: name })),
  );
}

/** Whether a text has this shape and its month and day can be. */
function test(shape: string): (text: string) => boolean {
  const pattern = new RegExp(shape, 'i');
  return (text) => {
    const { m = '', d = '' } = pattern.exec(text)?.groups ?? {};
    const month = /\d/.test(m) ? Number(m) : 1;
    return d !== '' && month >= 1 && month <= 12 && Number(d) >= 1 && Number(d) <= 31;
  };
}

function jsonOf(fits: Fits): Guess | undefined {
  const isJson = (text: string): boolean => {
    if (!/^[[{]/.test(text)) return false;
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  return fits(isJson) ? { type: 'json' } : undefined;
}

/** The first reading, and the others that are as good. */
function choice(type: ColumnType, formats: readonly ColumnFormat[]): Guess {
  const [format, ...alternatives] = formats;
  return { type, ...(format ? { format } : {}), ...(alternatives.length > 0 ? { alternatives } : {}) };
}
