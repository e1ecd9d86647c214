/** `npm run build -w functions`: compiles the functions to functions/lib and stages the portal's build in functions/web. */

import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { compileFunctions } from './compile-functions.mjs';
import { ensureInstalled, ROOT } from './install.mjs';
import { ensurePortal } from './portal.mjs';

const functions = path.join(ROOT, 'functions');
const web = path.join(ROOT, 'web');

await ensureInstalled();
await ensurePortal();
const code = await compileFunctions();
if (code !== 0) process.exit(code);

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
