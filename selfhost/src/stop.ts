import type { HostLogger } from './host.ts';

/** The whole stop is over within ten seconds, whatever hangs. */
const STOP_DEADLINE = 9_500;

/**
 * Stops once on SIGINT, SIGTERM, Ctrl+Break, or when the process that started this one says so or is gone; then exits
 * with 0. An error that nobody caught is logged; what it interrupted was one request or one handler, and the engines
 * commit or roll back as a whole, so the process goes on.
 */
export function stopOnSignals(logger: HostLogger & { flush?: () => void }, stop: () => Promise<void>): void {
  let stopping = false;

  function begin(reason: string): void {
    if (stopping) return;
    stopping = true;
    logger.info({ reason }, 'stopping');
    const deadline = setTimeout(() => end(1, 'the stop took too long'), STOP_DEADLINE);
    stop().then(
      () => {
        clearTimeout(deadline);
        end(0, 'stopped');
      },
      (error: unknown) => {
        logger.error({ err: error }, 'the stop failed');
        end(1, 'stopped with an error');
      },
    );
  }

  function end(code: number, message: string): void {
    logger.info({ code }, message);
    process.exit(code);
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) process.on(signal, () => begin(signal));
  if (process.connected) {
    process.on('message', (message) => {
      if (message === 'stop') begin('parent');
    });
    process.on('disconnect', () => begin('parent is gone'));
  }
  process.on('uncaughtException', (error) => logger.error({ err: error }, 'an error was not caught'));
}
