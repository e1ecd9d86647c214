/** Compiles the functions, and the workspace they stand on, to functions/lib. */

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nodePath, ROOT, run } from './install.mjs';

const functions = path.join(ROOT, 'functions');
const lib = path.join(functions, 'lib');

/** Resolves to the exit code of tsc. */
export async function compileFunctions() {
  await rm(lib, { recursive: true, force: true });
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code } = await run(nodePath(), [tsc, '-b', path.join(functions, 'tsconfig.build.json')]);
  if (code === 0) await linkWorkspace();
  return code;
}

/**
 * Cloud Functions know no workspaces, and a deployment leaves every folder called node_modules behind: the compiled
 * functions import the compiled @mewayz/googlesql by its path.
 */
async function linkWorkspace() {
  const entries = await readdir(lib, { recursive: true });
  for (const file of entries.filter((entry) => entry.endsWith('.js'))) {
    const target = path.join(lib, file);
    const text = await readFile(target, 'utf8');
    const linked = text.replace(/(['"])@mewayz\/googlesql(?:\/(\w+))?\1/g, (_, quote, entry = 'index') => {
      const at = path.relative(path.dirname(target), path.join(lib, 'googlesql', `${entry}.js`));
      return `${quote}${at.replaceAll(path.sep, '/').replace(/^(?!\.)/, './')}${quote}`;
    });
    if (linked !== text) await writeFile(target, linked);
  }
}
