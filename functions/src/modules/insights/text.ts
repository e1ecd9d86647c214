/** Writes figures and periods as English readers expect them. */
export interface Writer {
  money(value: number): string;
  /** With its sign: `+£5.00`, `−£5.00`. */
  signedMoney(value: number): string;
  number(value: number): string;
  /** 0.365 → `36.5%` */
  percent(share: number): string;
}

export function createWriter(currency: string | null): Writer {
  const money = new Intl.NumberFormat(
    'en',
    currency ? { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } : {},
  );
  const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat('en', {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const minus = (text: string): string => text.replace('-', '−');
  return {
    money: (value) => minus(money.format(value)),
    signedMoney: (value) => `${value < 0 ? '−' : '+'}${money.format(Math.abs(value))}`,
    number: (value) => minus(number.format(value)),
    percent: (share) => minus(percent.format(share)),
  };
}

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options });

/** `14 November 2011` */
export const dayName = (day: string): string =>
  format({ day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(day));

/** `November 2011`, `13–19 December 2010`, `28 November 2010 – 4 December 2010`; `to` is exclusive. */
export function periodName(period: Span): string {
  const { first, last, month } = ends(period);
  if (month) return month;
  if (first === last) return dayName(first);
  const sameMonth = first.slice(0, 7) === last.slice(0, 7);
  return sameMonth
    ? `${Number(first.slice(8, 10))}–${dayName(last)}`
    : `${dayName(first)} – ${dayName(last)}`;
}

/** `in November 2011`, `on 14 November 2011`, `between 13 and 19 December 2010` */
export function during(period: Span): string {
  const { first, last, month } = ends(period);
  if (month) return `in ${month}`;
  if (first === last) return `on ${dayName(first)}`;
  const sameMonth = first.slice(0, 7) === last.slice(0, 7);
  return `between ${sameMonth ? Number(first.slice(8, 10)) : dayName(first)} and ${dayName(last)}`;
}

interface Span {
  readonly from: string;
  readonly to: string;
}

/** First and last day, and the name of the month when the span is exactly one. */
function ends({ from, to }: Span): { first: string; last: string; month: string | undefined } {
  const [first, last] = [from.slice(0, 10), new Date(Date.parse(to) - 1).toISOString().slice(0, 10)];
  const isMonth = first.endsWith('-01') && to.slice(8, 10) === '01' && first.slice(0, 7) === last.slice(0, 7);
  return {
    first,
    last,
    month: isMonth ? format({ month: 'long', year: 'numeric' }).format(new Date(first)) : undefined,
  };
}
