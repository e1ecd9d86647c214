import type { Change } from './change.ts';
import type { App } from './context.ts';
import type { EventPattern, Subscriber } from './define.ts';
import { createSystemContext } from './scope.ts';

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

/** Hands a subscriber the changes it asked for. Throwing makes the bus deliver them again. */
export async function runSubscriber(
  app: App,
  subscriber: Subscriber,
  changes: readonly Change[],
): Promise<void> {
  const wanted = changes.filter((change) => matchesEvent(subscriber.on, change.event));
  if (wanted.length === 0) return;
  await subscriber.handle(createSystemContext(app, app.ids.next('run'), subscriber.name), wanted);
}
