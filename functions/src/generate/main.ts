import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { firestoreIndexes } from '../kernel/lists/firestore-indexes.ts';
import { createRegistry } from '../kernel/registry.ts';
import { firebaseConfiguration } from '../kernel/requests/hosting.ts';
import { portalManifest } from '../kernel/requests/portal-manifest.ts';
import { modules } from '../modules.ts';

/**
 * Writes the files that follow from the declarations. `--check` writes nothing and fails when one is out of date:
 *   npm run generate
 *   npm run generate -- --check
 */
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const registry = createRegistry(modules);
const generated: Readonly<Record<string, unknown>> = {
  'firestore.indexes.json': firestoreIndexes(registry),
  'firebase.json': firebaseConfiguration(registry),
  'web/generated/collections.json': portalManifest(registry),
};

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [name, content] of Object.entries(generated)) {
  const file = path.join(root, name);
  const text = `${JSON.stringify(content, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8').replaceAll('\r\n', '\n') === text) continue;
  stale.push(name);
  if (!check) writeFileSync(file, text);
}
if (check && stale.length > 0) {
  process.stderr.write(`Out of date: ${stale.join(', ')}. Run npm run generate and commit the result.\n`);
  process.exitCode = 1;
} else
  process.stdout.write(
    stale.length > 0 ? `Wrote ${stale.join(', ')}.\n` : 'All generated files are up to date.\n',
  );
