import type { App } from '../context.ts';
import type { EventPattern, Subscriber } from '../define.ts';
import { Problem } from '../errors.ts';
import { createSystemContext } from '../scope.ts';
import type { Change } from './change.ts';

/** Whether an event is one of those a subscriber asked for. */
export function matchesEvent(patterns: readonly EventPattern[], event: string): boolean {
  return patterns.some(
    (pattern) =>
      pattern === '*' ||
      pattern === event ||
      (pattern.endsWith('.*') && event.startsWith(pattern.slice(0, -1))),
  );
}

/**
 * Whether the JSON of a message can hold an event a subscriber asked for. Most messages concern few subscribers, and
 * to look for a name in text costs far less than to parse it.
 */
export function mayConcern(patterns: readonly EventPattern[], json: string): boolean {
  return patterns.some(
    (pattern) =>
      pattern === '*' ||
      json.includes(pattern.endsWith('*') ? `"event":"${pattern.slice(0, -1)}` : `"event":"${pattern}"`),
  );
}

/**
 * Hands a subscriber the changes it asked for. Throwing makes the bus deliver them again. Where one is refused, each is
 * handed over by itself, so that it takes none of its neighbours into the dead letters.
 */
export async function runSubscriber(
  app: App,
  subscriber: Subscriber,
  changes: readonly Change[],
): Promise<void> {
  const wanted = changes.filter((change) => matchesEvent(subscriber.on, change.event));
  if (wanted.length === 0) return;
  const handle = (part: readonly Change[]): Promise<void> =>
    subscriber.handle(createSystemContext(app, app.ids.next('run'), subscriber.name), part);
  try {
    await handle(wanted);
  } catch (error) {
    if (wanted.length === 1 || !isRefusal(error)) throw error;
    const outcomes = [];
    for (const change of wanted)
      outcomes.push(await handle([change]).catch((reason: unknown) => ({ reason })));
    const failed = outcomes.find((outcome) => outcome !== undefined);
    if (failed) throw failed.reason;
  }
}

/** A refusal is about its change; anything else, such as a database that is away, is about all of them. */
const isRefusal = (error: unknown): boolean => error instanceof Problem && error.status < 500;
