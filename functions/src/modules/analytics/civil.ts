/**
 * Times as a calendar and a clock on the wall show them: `2026-03-29T02:30:00.000`, without a zone. Arithmetic on
 * them is that of the calendar, whatever summer time does.
 */

const DAY_MS = 86_400_000;
/** The parts of one instant in one zone, which `Intl` alone knows. */
const wall = (timezone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });

/** What the clocks of a zone show at an instant (RFC 3339): (2026-07-01T10:00:00Z, Europe/Paris) → 2026-07-01T12:00:00.000 */
export function civilOf(instant: string, timezone: string): string {
  const time = Date.parse(instant);
  return new Date(time + clockOf(timezone)(time)).toISOString().slice(0, -1);
}

/**
 * The instant (RFC 3339) at which the clocks of a zone show a time. Of two it is the first; a time that clocks skip is
 * read as if they had not been put forward yet, as iCalendar does (RFC 5545, 3.3.5).
 */
export function instantOf(civil: string, timezone: string): string {
  const shown = Date.parse(`${civil.length === 10 ? `${civil}T00:00` : civil}Z`);
  const aheadAt = clockOf(timezone);
  const before = shown - aheadAt(shown - DAY_MS);
  const after = shown - aheadAt(shown + DAY_MS);
  const fits = [before, after].filter((time) => time + aheadAt(time) === shown).sort((a, b) => a - b);
  return new Date(fits[0] ?? before).toISOString();
}

/** Adds days, or months; the day is the last of its month where the month has no such day. */
export function addCivil(
  civil: string,
  { unit, count }: { readonly unit: 'day' | 'month'; readonly count: number },
): string {
  const date = new Date(`${civil}Z`);
  if (unit === 'day') return new Date(date.getTime() + count * DAY_MS).toISOString().slice(0, -1);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count);
  date.setUTCDate(
    Math.min(day, new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()),
  );
  return date.toISOString().slice(0, -1);
}

/** Whole days from one time to another, rounded up. */
export const daysBetween = (from: string, to: string): number =>
  Math.ceil((Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / DAY_MS);

/** Whole months from one time to another, rounded up: one from the 15th to the 15th of the next. */
export function monthsBetween(from: string, to: string): number {
  const [a, b] = [new Date(`${from}Z`), new Date(`${to}Z`)];
  const months = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
  return addCivil(from, { unit: 'month', count: months }) < to ? months + 1 : months;
}

/** How many milliseconds the clocks of a zone are ahead of UTC, by instant. */
function clockOf(timezone: string): (time: number) => number {
  if (timezone === 'UTC') return () => 0;
  const clock = wall(timezone);
  return (time) => {
    const parts = new Map(clock.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    const shown = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return shown - Math.floor(time / 1000) * 1000;
  };
}
