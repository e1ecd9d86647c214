/**
 * Schedules as Cloud Scheduler takes them, as cron patterns: unix cron unchanged
 * (with a field for seconds before it, if wanted), and App Engine's English
 * (https://cloud.google.com/appengine/docs/standard/scheduling-jobs-with-cron-yaml#schedule_format).
 */

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];
const MINUTES_A_DAY = 24 * 60;

export class ScheduleError extends Error {
  constructor(schedule: string) {
    super(`"${schedule}" is neither a unix cron pattern nor an App Engine schedule.`);
    this.name = 'ScheduleError';
  }
}

/** One or more cron patterns, which together are the schedule. Throws a ScheduleError. */
export function cronPatterns(schedule: string): string[] {
  const text = schedule.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  if (/^([\d*/,\-?l#w]|[a-z]{3}\b)+( [\d*/,\-?a-z#]+){4,5}$/.test(text) && !text.startsWith('every'))
    return [text];
  const patterns = intervalPatterns(text) ?? calendarPattern(text);
  if (!patterns) throw new ScheduleError(schedule);
  return patterns;
}

/** `every 5 minutes from 10:00 to 14:00`, counted from midnight or from the start of the range. */
function intervalPatterns(text: string): string[] | undefined {
  const syntax =
    /^every (\d+) (minutes?|mins?|hours?)(?: from (\d\d?):(\d\d) to (\d\d?):(\d\d))?(?: synchronized)?$/.exec(
      text,
    );
  if (!syntax) return undefined;
  const [, count, unit = '', fromHour = '0', fromMinute = '0', toHour = '23', toMinute = '59'] = syntax;
  const step = Number(count) * (unit.startsWith('h') ? 60 : 1);
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (step < 1 || step > MINUTES_A_DAY || from >= MINUTES_A_DAY || to >= MINUTES_A_DAY || from > to)
    return undefined;

  const minutesOfHour = new Map<number, number[]>();
  for (let time = from; time <= to; time += step) {
    const hour = Math.floor(time / 60);
    minutesOfHour.set(hour, [...(minutesOfHour.get(hour) ?? []), time % 60]);
  }
  const hoursOfMinutes = new Map<string, number[]>();
  for (const [hour, minutes] of minutesOfHour) {
    const list = minutes.join(',');
    hoursOfMinutes.set(list, [...(hoursOfMinutes.get(list) ?? []), hour]);
  }
  return [...hoursOfMinutes].map(([minutes, hours]) => `${minutes} ${hours.join(',')} * * *`);
}

/** `every monday 09:00`, `1,15 of month 07:30`, `2nd,third mon,wed of march 17:00`. */
function calendarPattern(text: string): string[] | undefined {
  const syntax = /^(every|[\w,]+)(?: (?!of )([a-z,]+))?(?: of ([a-z,]+))?(?: (\d\d?):(\d\d))?$/.exec(text);
  if (!syntax) return undefined;
  const [, which = '', days = '', months = 'month', hour = '0', minute = '0'] = syntax;
  const monthField = months === 'month' ? '*' : listOf(months, MONTHS)?.map((month) => month + 1);
  const weekdays = days === '' || days === 'day' ? undefined : listOf(days, WEEKDAYS);
  const unknownDay = days !== '' && days !== 'day' && !weekdays;
  if (!monthField || unknownDay || Number(hour) > 23 || Number(minute) > 59) return undefined;
  const time = `${Number(minute)} ${Number(hour)}`;

  if (which === 'every') return days === '' ? undefined : [`${time} * ${monthField} ${weekdays ?? '*'}`];
  const ordinals = ordinalsOf(which);
  if (!ordinals) return undefined;
  if (!weekdays) return [`${time} ${ordinals} ${monthField} *`];
  const fields = ordinals.flatMap((ordinal) => weekdays.map((weekday) => `${weekday}#${ordinal}`));
  return ordinals.every((ordinal) => ordinal <= 5) ? [`${time} * ${monthField} ${fields}`] : undefined;
}

function ordinalsOf(text: string): number[] | undefined {
  const ordinals = text.split(',').map((part) => {
    const digits = /^(\d\d?)(?:st|nd|rd|th)?$/.exec(part)?.[1];
    return digits ? Number(digits) : ORDINALS.indexOf(part) + 1;
  });
  return ordinals.every((ordinal) => ordinal >= 1 && ordinal <= 31) ? ordinals : undefined;
}

/** Indexes of full or three-letter names. */
function listOf(text: string, names: string[]): number[] | undefined {
  const indexes = text
    .split(',')
    .map((part) => names.findIndex((name) => name === part || name.slice(0, 3) === part));
  return indexes.every((index) => index >= 0) ? indexes : undefined;
}
