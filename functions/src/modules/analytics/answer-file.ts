import { buffer, text } from 'node:stream/consumers';
import type { z } from 'zod';
import { Reply } from '../../kernel/define.ts';
import { MEDIA_TYPES } from '../../kernel/tables/types.ts';
import { GridNumber, writeGrid } from '../../kernel/tables/write-table.ts';
import { minorDigits } from './money.ts';
import type { resultColumn } from './query.ts';

export type FileColumn = z.output<typeof resultColumn>;
type Row = Readonly<Record<string, unknown>>;

export const FILE_FORMATS = ['csv', 'xlsx'] as const;

/** An answer that becomes a file. */
export interface FileAnswer {
  readonly columns: readonly FileColumn[];
  readonly rows: readonly Row[];
  readonly truncated: boolean;
}

/**
 * An answer as a file: headers are the columns' labels, with the currency where all amounts have one. A workbook
 * shows days, times (UTC), percentages and amounts as such; texts are guarded as in every export. The header
 * `X-Truncated: true` says that there are more rows.
 * @param name of the file, without its ending
 */
export async function answerFile(
  answer: FileAnswer,
  format: (typeof FILE_FORMATS)[number],
  name: string,
): Promise<Reply> {
  const file = writeGrid(gridOf(answer), format);
  return new Reply(200, format === 'csv' ? await text(file) : await buffer(file), {
    'content-type': MEDIA_TYPES[format],
    'content-disposition': `attachment; filename="${name}.${format}"`,
    'x-truncated': String(answer.truncated),
  });
}

async function* gridOf({ columns, rows }: FileAnswer): AsyncGenerator<unknown[]> {
  yield columns.map(({ label, currency }) => (currency ? `${label} (${currency})` : label));
  for (const row of rows) yield columns.map((column) => cellOf(column, row));
}

function cellOf({ name, type, currency }: FileColumn, row: Row): unknown {
  const value = row[name] ?? null;
  if (typeof value === 'string') return type === 'time' ? timeCell(value) : value;
  if (typeof value !== 'number') return value;
  if (type === 'percent') return new GridNumber(value, '0.0%');
  if (type !== 'money') return value;
  const code = currency ?? row.currency;
  return typeof code === 'string' ? amountCell(value, code) : value;
}

function amountCell(major: number, currency: string): unknown {
  if (!/^[A-Z]{3}$/.test(currency)) return major;
  const digits = minorDigits(currency);
  const decimals = digits > 0 ? `.${'0'.repeat(digits)}` : '';
  return new GridNumber(major, `[$${currency}] #,##0${decimals}`, major.toFixed(digits));
}

const DAY_MS = 86_400_000;
/** Days from the day 0 of workbooks, 1899-12-30, to that of ECMAScript. */
const EPOCH = 25_569;
/** Workbooks take 1900 for a leap year, so only days after its February count alike. */
const FIRST_DAY = 61;

/** A day or a time as workbooks count them; the text itself when it is neither, or too long ago. */
function timeCell(value: string): unknown {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const time = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(value);
  // An hour of a time bucket has no zone: it is shown as it is.
  const serial = Date.parse(time && !time[3] ? `${value}Z` : value) / DAY_MS + EPOCH;
  if (!(isDay || time) || !(serial >= FIRST_DAY)) return value;
  return new GridNumber(serial, isDay ? 'yyyy-mm-dd' : 'yyyy-mm-dd hh:mm:ss', value);
}
