import { Problem } from '../../kernel/errors.ts';

/** Work that one lane may have waiting; more than that is refused. */
const MAX_WAITING = 50;

/**
 * Runs one piece of work at a time, and takes the next from each lane in turn: who brings much waits for itself.
 * Throws a 429 Problem when a lane has too much waiting.
 */
export function createFairQueue(): <T>(lane: string, work: () => Promise<T>) => Promise<T> {
  const lanes = new Map<string, (() => Promise<void>)[]>();
  let running = false;
  const run = async (): Promise<void> => {
    running = true;
    for (let [first] = lanes; first; [first] = lanes) {
      const [lane, waiting] = first;
      const next = waiting.shift();
      // A map keeps the order of insertion: the lane goes to the end.
      lanes.delete(lane);
      if (waiting.length > 0) lanes.set(lane, waiting);
      await next?.();
    }
    running = false;
  };
  return (lane, work) =>
    new Promise((resolve, reject) => {
      const waiting = lanes.get(lane) ?? [];
      if (waiting.length >= MAX_WAITING) {
        reject(
          new Problem('rate_limited', 'Too many mappings are waiting. Try again soon.', { retryAfter: 5 }),
        );
        return;
      }
      waiting.push(() => work().then(resolve, reject));
      lanes.set(lane, waiting);
      if (!running) void run();
    });
}
