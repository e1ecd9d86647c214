/** `npm run build -w functions`: compiles the functions to functions/lib and stages the portal's build in functions/web. */

import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { ensureInstalled, nodePath, ROOT, run } from './install.mjs';
import { ensurePortal } from './portal.mjs';

const functions = path.join(ROOT, 'functions');
const web = path.join(ROOT, 'web');

await ensureInstalled();
await ensurePortal();
await rm(path.join(functions, 'lib'), { recursive: true, force: true });
const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const { code } = await run(nodePath(), [tsc, '-p', path.join(functions, 'tsconfig.build.json')]);
if (code !== 0) process.exit(code ?? 1);

// The cache of earlier builds is large and of no use at run time.
const staged = path.join(functions, 'web');
await rm(staged, { recursive: true, force: true });
for (const part of ['.next', 'public', 'messages', 'i18n', 'next.config.ts', 'package.json']) {
  const from = path.join(web, part);
  await cp(from, path.join(staged, part), {
    recursive: true,
    filter: (source) => !source.startsWith(path.join(web, '.next', 'cache')),
  }).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
console.log('functions/lib and functions/web are ready to deploy');
