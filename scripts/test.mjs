/**
 * `npm test`: installs and builds what is missing, then runs the static checks and every test. Arguments go to vitest
 * (`npm test -- tests/security`). The last line is `N passed, N failed`, with `, N skipped` if any were.
 */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { ensureDatabases } from './databases.mjs';
import { ensureInstalled, nodePath, ROOT, run } from './install.mjs';
import { ensurePortal } from './portal.mjs';

const ARTIFACTS = join(ROOT, 'tests', '.artifacts');
const REPORT = join(ARTIFACTS, 'vitest.json');
const inModules = (...parts) => join(ROOT, 'node_modules', ...parts);

/** Each counts as one test. */
const CHECKS = [
  ['format and lint', [inModules('@biomejs', 'biome', 'bin', 'biome'), 'check', '--diagnostic-level=error']],
  ['types', [inModules('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']],
  [
    'types of the portal',
    [inModules('typescript', 'bin', 'tsc'), '-p', join('web', 'tsconfig.json'), '--noEmit'],
  ],
  ['generated files', [join('functions', 'src', 'generate', 'main.ts'), '--check']],
];

/** Runs a check and prints what it said only when it failed. */
function passes([name, args]) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(nodePath(), args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', (error) => (output += String(error)));
    child.once('close', (code) => {
      console.log(code === 0 ? `✓ ${name}` : `✗ ${name}\n${output.trim()}`);
      resolve(code === 0);
    });
  });
}

/** Counts from vitest's report. A file that could not be run, or an error outside of every test, is a failure too. */
async function runTests(env) {
  rmSync(REPORT, { force: true });
  const args = [
    inModules('vitest', 'vitest.mjs'),
    'run',
    '--reporter=minimal',
    '--reporter=json',
    `--outputFile.json=${REPORT}`,
    ...process.argv.slice(2),
  ];
  const { code } = await run(nodePath(), args, { env });
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of readReport()?.testResults ?? []) {
    for (const test of assertionResults)
      counts[test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped'] += 1;
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) counts.failed += 1;
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function readReport() {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8'));
  } catch {
    return undefined;
  }
}

async function main() {
  await ensureInstalled();
  mkdirSync(ARTIFACTS, { recursive: true });
  const browser = ensureChromium();
  if (!browser)
    console.log('No Chromium, Chrome or Edge was found: set CHROMIUM_PATH to run the browser tests.');
  const { postgres, mariadb } = ensureDatabases();
  if (!postgres || !mariadb)
    console.log(
      'PostgreSQL or MariaDB was not found: set POSTGRES_BIN and MARIADB_SERVER to run the tests of their clients.',
    );
  const checks = [await ensurePortal()];
  console.log(checks[0] ? '✓ portal' : '✗ portal: it could not be built');
  for (const check of CHECKS) checks.push(await passes(check));
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: inModules('.mewayz', 'compiled'),
    ...(browser ? { CHROMIUM_PATH: browser } : {}),
    ...(postgres ? { POSTGRES_BIN: postgres } : {}),
    ...(mariadb ? { MARIADB_SERVER: mariadb } : {}),
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --disable-warning=ExperimentalWarning`.trim(),
  };
  const tests = await runTests(env);
  const passed = tests.passed + checks.filter(Boolean).length;
  const failed = tests.failed + checks.filter((ok) => !ok).length;
  console.log(`${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
