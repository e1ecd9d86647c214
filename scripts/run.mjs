/** `node scripts/run.mjs file.ts args…`: installs what is missing, then runs a TypeScript file on Node 24. */

import { ensureInstalled, nodePath, run } from './install.mjs';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('Usage: node scripts/run.mjs file.ts [arguments]');
  process.exit(2);
}
try {
  await ensureInstalled();
  process.exitCode = (await run(nodePath(), [file, ...args])).code;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
