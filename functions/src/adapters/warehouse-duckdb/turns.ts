import { Problem } from '../../kernel/errors.ts';

interface Waiting {
  readonly asker: string;
  readonly start: () => void;
}

/**
 * Runs `size` tasks at once, one of each asker; the others wait in the order they came. When as many wait already as
 * may, of the asker or of all, one more is refused (`rate_limited`).
 */
export function createTurns(size: number, waiting: { readonly each: number; readonly all: number }) {
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
    if (queue.length >= waiting.all || queue.filter((one) => one.asker === asker).length >= waiting.each)
      throw new Problem('rate_limited', 'Too many queries wait already. Wait for the answers of yours.', {
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
