import { currencyDigits } from './money';

export interface Format {
  /** Minor units and their currency. */
  money(minor: number, currency: string): string;
  /** Major units, as the warehouse answers them. */
  amount(major: number, currency: string): string;
  /** A price in major units, with all the decimals it has. */
  price(major: number, currency: string): string;
  /** The same in few characters, for axes: `£12K`. */
  shortAmount(major: number, currency: string): string;
  number(value: number): string;
  shortNumber(value: number): string;
  /** A share, with a sign: 0.123 is `+12.3%`. */
  change(share: number): string;
  /** 0.123 is `12.3%`. */
  share(value: number): string;
  /** `1.2 MB` */
  bytes(value: number): string;
  date(iso: string): string;
  /** A day with its month in words, so that nobody can take one for the other. */
  longDate(day: string): string;
  dateTime(iso: string): string;
  /** `3 minutes ago` */
  ago(iso: string): string;
  country(name: string): string;
}

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** Making the formatters of a language costs milliseconds: make one of these and share it. */
export function makeFormat(locale: string): Format {
  const number = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const change = new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const plainDate = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const longDate = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const regions = new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' });
  const currencies = new Map<string, Intl.NumberFormat>();
  const amount = (
    major: number,
    currency: string,
    options: Intl.NumberFormatOptions,
    fallback: Intl.NumberFormat,
  ): string => {
    const key = `${currency} ${options.notation ?? ''} ${options.maximumFractionDigits ?? ''}`;
    try {
      const known =
        currencies.get(key) ??
        new Intl.NumberFormat(locale, {
          style: 'currency',
          currency,
          currencyDisplay: 'narrowSymbol',
          ...options,
        });
      currencies.set(key, known);
      return known.format(major);
    } catch {
      return `${fallback.format(major)} ${currency}`;
    }
  };
  const valid = (iso: string, show: (at: Date) => string): string => {
    const at = new Date(iso);
    return Number.isNaN(at.getTime()) ? iso : show(at);
  };
  return {
    money: (minor, currency) => amount(minor / 10 ** currencyDigits(currency), currency, {}, number),
    amount: (major, currency) => amount(major, currency, {}, number),
    price: (major, currency) => amount(major, currency, { maximumFractionDigits: 6 }, number),
    shortAmount: (major, currency) =>
      amount(
        major,
        currency,
        { notation: 'compact', maximumFractionDigits: 1, minimumFractionDigits: 0 },
        short,
      ),
    number: (value) => number.format(value),
    shortNumber: (value) => short.format(value),
    change: (share) => change.format(share),
    share: (value) => share.format(value),
    bytes: (value) => {
      const power = Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
      const options = { style: 'unit', unit: SIZES[power], maximumFractionDigits: 1 } as const;
      return new Intl.NumberFormat(locale, options).format(value / 1000 ** power);
    },
    date: (iso) => valid(iso, (at) => (/^\d{4}-\d{2}-\d{2}$/.test(iso) ? plainDate : date).format(at)),
    longDate: (day) => valid(day, (at) => longDate.format(at)),
    dateTime: (iso) => valid(iso, (at) => dateTime.format(at)),
    ago: (iso) =>
      valid(iso, (at) => {
        const seconds = (at.getTime() - Date.now()) / 1000;
        const [unit, size] =
          UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const);
        return relative.format(unit === 'second' ? 0 : Math.round(seconds / size), unit);
      }),
    country: (name) => {
      if (!/^[A-Z]{2}$/.test(name)) return name;
      try {
        return regions.of(name) ?? name;
      } catch {
        return name;
      }
    },
  };
}
