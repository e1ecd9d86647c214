import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { compileFunctions } from '../../scripts/compile-functions.mjs';
import { findFunctions } from '../../selfhost/src/discover.ts';
import { ROOT } from '../support/server.ts';

const run = promisify(execFile);
const made: string[] = [];
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A copy of the compiled functions where no workspace is in reach, with the packages that npm would install there. */
async function elsewhere(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mewayz-deploy-'));
  made.push(folder);
  await cp(path.join(ROOT, 'functions', 'lib'), path.join(folder, 'lib'), { recursive: true });
  await cp(path.join(ROOT, 'functions', 'package.json'), path.join(folder, 'package.json'));
  await mkdir(path.join(folder, 'node_modules'));
  const packages = path.join(ROOT, 'node_modules');
  for (const name of await readdir(packages))
    if (name !== '@mewayz' && !name.startsWith('.'))
      await symlink(path.join(packages, name), path.join(folder, 'node_modules', name), 'junction');
  return folder;
}

/** What the compiled warehouse, whose threads and processes are files of their own, says to an analyst. */
async function answerOf(warehouse: string): Promise<unknown> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mewayz-deploy-'));
  made.push(directory);
  const script = `import { openDuckDbWarehouse } from ${JSON.stringify(pathToFileURL(warehouse).href)};
    const opened = openDuckDbWarehouse({ directory: ${JSON.stringify(directory)} });
    const limits = { timeoutMs: 60_000, maxRows: 1, maxBytes: 1_000 };
    const { rows } = await opened.ask({ sql: 'SELECT 1 AS one', tables: [], asker: 'me' }, limits);
    await opened.close();
    console.log(JSON.stringify(rows));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(stdout);
}

it('what is compiled for Google Cloud has every function, and the portal, also outside of the repository', async () => {
  expect(await compileFunctions()).toBe(0);
  const main = path.join(await elsewhere(), 'lib', 'cloud.js');
  // In a process of its own, as Google Cloud loads it: the test runner would transform it.
  const script = `import(${JSON.stringify(pathToFileURL(main).href)}).then((m) => {
    const names = (tree, prefix) => Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'function' ? (value.__endpoint ? [prefix + key] : []) : names(value, prefix + key + '-'));
    console.log(JSON.stringify(names({ ...m }, '')));
  })`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  expect(await answerOf(path.join(path.dirname(main), 'adapters', 'warehouse-duckdb', 'index.js'))).toEqual([
    { one: 1 },
  ]);
  const sources = await import('../../functions/src/index.ts');
  expect((JSON.parse(stdout) as string[]).sort()).toEqual(
    [...findFunctions(sources).keys(), 'portal'].sort(),
  );
}, 240_000);
