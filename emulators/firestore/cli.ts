/**
 * The engine from the command line:
 *
 *   node cli.ts serve   --directory data [--port 8085] [--host 127.0.0.1] [--indexes firestore.indexes.json]
 *                       [--index-mode production|automatic]
 *   node cli.ts check   --directory data [--indexes …]
 *   node cli.ts repair  --directory data [--indexes …]
 *   node cli.ts backup  --directory data --file copy.sqlite
 *   node cli.ts restore --directory data --file copy.sqlite
 *
 * A folder that a running process uses is refused; to back that one up, use the process's own backup.
 */

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type FirestoreEngine, openFirestoreEngine, StorageError } from './index.ts';
import { readIndexSettings } from './index-settings.ts';
import { repairDatabase, restoreBackup } from './maintenance.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    directory: { type: 'string' },
    file: { type: 'string' },
    indexes: { type: 'string' },
    port: { type: 'string', default: '8085' },
    host: { type: 'string', default: '127.0.0.1' },
    'index-mode': { type: 'string' },
  },
});

function required(name: 'directory' | 'file'): string {
  const value = values[name];
  if (!value) throw new StorageError(`--${name} is missing.`);
  return value;
}

const settings = () => readIndexSettings(values.indexes, values['index-mode']);

function open(): FirestoreEngine {
  const { indexes, indexMode } = settings();
  return openFirestoreEngine({ directory: required('directory'), indexes, indexMode });
}

function report({ ok, problems }: { ok: boolean; problems: string[] }): void {
  for (const problem of problems) console.error(problem);
  console.log(ok ? 'The database is sound.' : 'The database has problems: repair it, or restore a backup.');
  if (!ok) process.exitCode = 1;
}

async function withEngine(use: (engine: FirestoreEngine) => void | Promise<void>): Promise<void> {
  const engine = open();
  try {
    await use(engine);
  } finally {
    await engine.close();
  }
}

const commands: Record<string, () => Promise<void>> = {
  serve: () =>
    withEngine(async (engine) => {
      const { address } = await engine.serve({ port: Number(values.port), host: values.host });
      console.log(`FIRESTORE_EMULATOR_HOST=${address}\n${settings().notice}`);
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    }),
  check: () => withEngine((engine) => report(engine.check())),
  repair: async () => report(await repairDatabase(required('directory'), settings().indexes)),
  backup: () => withEngine((engine) => engine.backup(required('file'))),
  restore: async () => restoreBackup(required('file'), required('directory')),
};

try {
  const command = commands[positionals[0] ?? ''];
  if (!command) throw new StorageError(`Say one of: ${Object.keys(commands).join(', ')}.`);
  await command();
} catch (error) {
  console.error(error instanceof StorageError ? error.message : error);
  process.exitCode = 1;
}
