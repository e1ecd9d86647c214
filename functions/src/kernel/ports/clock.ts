/** The time, as a port so that tests can stand at a DST change or a year's end. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** RFC 3339 in UTC with milliseconds, the one form in which times are stored and sent. */
export const timestamp = (clock: Clock): string => new Date(clock.now()).toISOString();
