/** The portal's build, for everything that serves it. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodePath, ROOT, run } from './install.mjs';

const WEB = join(ROOT, 'web');
const BUILT = join(WEB, '.next', 'BUILD_ID');
const BUILD_STAMP = join(WEB, '.next', 'mewayz-sources');
const NOT_SOURCES = new Set(['node_modules', '.next', 'next-env.d.ts', 'tsconfig.tsbuildinfo']);

/**
 * Builds the portal unless the build on disk came from these sources. The server runs without it, so failing is a
 * warning here; resolves whether there is a build of these sources now.
 */
export async function ensurePortal() {
  if (!existsSync(join(WEB, 'app'))) return false;
  const hash = hashSources();
  if (existsSync(BUILT) && existsSync(BUILD_STAMP) && readFileSync(BUILD_STAMP, 'utf8') === hash) return true;
  console.error('Building the portal…');
  const next = join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next');
  const { code, stopped } = await run(nodePath(), [next, 'build'], {
    cwd: WEB,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
  if (stopped) process.exit(1);
  if (code === 0) writeFileSync(BUILD_STAMP, hash);
  else console.error(`The portal could not be built (exit code ${code}); going on without it.`);
  return code === 0;
}

/** A hash over the names and contents of everything the build reads: the portal's few hundred files and the lock file. */
function hashSources() {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  const visit = (directory) => {
    const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    for (const entry of entries) {
      if (NOT_SOURCES.has(entry.name)) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) hash.update(`${path.slice(WEB.length)}\0`).update(readFileSync(path));
    }
  };
  visit(WEB);
  return hash.digest('hex');
}
