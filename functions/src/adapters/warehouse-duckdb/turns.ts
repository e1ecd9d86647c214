import { Problem } from '../../kernel/errors.ts';

interface Waiting {
  readonly asker: string;
  readonly start: () => void;
}

/**
 * Runs `size` tasks at once, one of each asker; the others wait in the order they came. An asker of whom `waiting`
 * tasks wait already is refused (`rate_limited`).
 */
export function createTurns({ size, waiting: most }: { readonly size: number; readonly waiting: number }) {
  const queue: Waiting[] = [];
  const running = new Set<string>();
  const startNext = (): void => {
    const place = queue.findIndex(({ asker }) => !running.has(asker));
    if (place < 0 || running.size >= size) return;
    const [next] = queue.splice(place, 1);
    if (!next) return;
    running.add(next.asker);
    next.start();
    startNext();
  };
  return async <T>(
    asker: string,
    signal: AbortSignal,
    task: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted();
    if (queue.filter((one) => one.asker === asker).length >= most)
      throw new Problem('rate_limited', 'Too many of your queries wait already. Wait for their answers.', {
        retryAfter: 5,
      });
    await new Promise<void>((resolve, reject) => {
      const entry = { asker, start: resolve };
      queue.push(entry);
      const leave = (): void => {
        const place = queue.indexOf(entry);
        if (place < 0) return;
        queue.splice(place, 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      startNext();
    });
    try {
      signal.throwIfAborted();
      return await task(signal);
    } finally {
      running.delete(asker);
      startNext();
    }
  };
}
