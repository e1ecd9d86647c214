/** One server process: the engines, the functions on top of them, the portal beside them. Run by scripts/start.mjs. */

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { claimDataDirectory, DataDirectoryError } from './data-directory.ts';
import { EnvironmentError, readEnvironment } from './environment.ts';
import { startServer } from './server.ts';
import { stopOnSignals } from './stop.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const logger = pino({ level: environment.LOG_LEVEL, base: undefined });
  const directory = claimDataDirectory(resolve(environment.MEWAYZ_DATA_DIR));
  const server = await startServer({ environment, logger, root: ROOT, directory: directory.path });
  stopOnSignals(logger, async () => {
    await server.stop();
    directory.release();
  });
  process.stdout.write(`Mewayz is ready at ${server.url}\n`);
  // Visitors would only wait a little longer without it.
  await server
    .prepare()
    .catch((error: unknown) => logger.warn({ err: error }, 'preparing for visitors failed'));
}

main().catch((error: unknown) => {
  const expected = error instanceof EnvironmentError || error instanceof DataDirectoryError;
  console.error(expected ? error.message : error);
  process.exit(1);
});
