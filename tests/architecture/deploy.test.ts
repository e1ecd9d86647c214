import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { findFunctions } from '../../selfhost/src/discover.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

it('what is compiled for Google Cloud has every function, and the portal', async () => {
  const lib = path.join(root, 'functions', 'lib');
  await rm(lib, { recursive: true, force: true });
  const tsc = path.join(
    path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin',
    'tsc',
  );
  await run(process.execPath, [tsc, '-p', path.join(root, 'functions', 'tsconfig.build.json')]);
  // In a process of its own, as Google Cloud loads it: the test runner would transform it.
  const script = `import(${JSON.stringify(pathToFileURL(path.join(lib, 'cloud.js')).href)}).then((m) => {
    const names = (tree, prefix) => Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'function' ? (value.__endpoint ? [prefix + key] : []) : names(value, prefix + key + '-'));
    console.log(JSON.stringify(names({ ...m }, '')));
  })`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  const sources = await import('../../functions/src/index.ts');
  expect((JSON.parse(stdout) as string[]).sort()).toEqual(
    [...findFunctions(sources).keys(), 'portal'].sort(),
  );
});
