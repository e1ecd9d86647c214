import { z } from 'zod';
import { timezone } from '../../../kernel/schema.ts';

const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'Use a time of day such as 06:30.');

/** When a source is read by itself. Times of day are those of the time zone. */
export const schedule = z.discriminatedUnion('every', [
  z.strictObject({ every: z.literal('minutes'), minutes: z.int().min(1).max(59) }),
  z.strictObject({ every: z.literal('hourly'), minute: z.int().min(0).max(59).default(0) }),
  z.strictObject({ every: z.literal('daily'), at: time, timezone }),
  z.strictObject({
    every: z.literal('weekly'),
    /** ISO 8601: 1 is Monday. */
    weekday: z.int().min(1).max(7),
    at: time,
    timezone,
  }),
]);
export type Schedule = z.output<typeof schedule>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The first time of a schedule after `after` (both in ms). A time of day that the clock leaves out in spring comes when
 * the clock is put forward; one that it shows twice in autumn comes the first time only. Hours and minutes go by the
 * clock of UTC, so they come every hour on such days as well.
 */
export function nextTime(schedule: Schedule, after: number): number {
  if (schedule.every === 'minutes') {
    const step = schedule.minutes * MINUTE;
    return (Math.floor(after / step) + 1) * step;
  }
  if (schedule.every === 'hourly') {
    const shift = schedule.minute * MINUTE;
    return (Math.floor((after - shift) / HOUR) + 1) * HOUR + shift;
  }
  const { at, timezone } = schedule;
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  const ofDay = hours * HOUR + minutes * MINUTE;
  const today = Math.floor(wallClock(after, timezone) / DAY) * DAY;
  // Yesterday too: the clock may have been put back over midnight. Eight days on there is every weekday.
  for (let day = today - DAY; day <= today + 8 * DAY; day += DAY) {
    if (schedule.every === 'weekly' && (new Date(day).getUTCDay() || 7) !== schedule.weekday) continue;
    const instant = instantOf(day + ofDay, timezone);
    if (instant > after) return instant;
  }
  throw new RangeError(`no time of ${JSON.stringify(schedule)} after ${after}`);
}

/** What the clocks of a zone show at an instant, as if it were UTC. */
function wallClock(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const value = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(
    value('year'),
    value('month') - 1,
    value('day'),
    value('hour'),
    value('minute'),
    value('second'),
  );
}

/** The first instant at which the clocks of a zone show `wall`, or have gone past it. */
function instantOf(wall: number, timeZone: string): number {
  const offsets = [wall - DAY, wall + DAY].map((near) => wallClock(near, timeZone) - near);
  const candidates = offsets.map((offset) => wall - offset).sort((a, b) => a - b);
  const exact = candidates.find((instant) => wallClock(instant, timeZone) === wall);
  if (exact !== undefined) return exact;
  // Left out: the clocks jump over it between the two readings.
  let [before = wall, past = wall] = candidates;
  while (past - before > 1_000) {
    const middle = Math.floor((before + past) / 2_000) * 1_000;
    if (wallClock(middle, timeZone) < wall) before = middle;
    else past = middle;
  }
  return past;
}
