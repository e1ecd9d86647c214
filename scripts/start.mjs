/** `npm start`: installs and builds what is missing, then runs the server until it is told to stop. */

import { join } from 'node:path';
import { ensureInstalled, nodePath, ROOT, run } from './install.mjs';
import { ensurePortal } from './portal.mjs';

try {
  await ensureInstalled();
  await ensurePortal();
  const main = join(ROOT, 'selfhost', 'src', 'main.ts');
  const { code } = await run(nodePath(), ['--disable-warning=ExperimentalWarning', main], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: process.env.NODE_ENV ?? 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      // Commits wait for the disk in this pool, where password hashes are computed too.
      UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '16',
      // Halves the time to the first answer from the second start on.
      NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.mewayz', 'compiled'),
    },
  });
  process.exitCode = code;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
