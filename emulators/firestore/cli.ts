/**
 * The engine from the command line:
 *
 *   node cli.ts serve   --directory data [--port 8085] [--host 127.0.0.1] [--indexes firestore.indexes.json]
 *                       [--index-mode production|automatic]
 *   node cli.ts check   --directory data [--indexes …]
 *   node cli.ts repair  --directory data [--indexes …]
 *   node cli.ts backup  --directory data --file copy.sqlite
 *   node cli.ts restore --directory data --file copy.sqlite
 *   node cli.ts upgrade   --directory data           (as every start does by itself)
 *   node cli.ts downgrade --directory data --to 1    (before an older release is started again)
 *
 * A folder that a running process uses is refused; to back that one up, use the process's own backup.
 */

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type FirestoreEngine, openFirestoreEngine, StorageError } from './index.ts';
import { readIndexSettings } from './indexes/index-settings.ts';
import { keepSmall } from './storage/keep-small.ts';
import { changeSchema, repairDatabase, restoreBackup, type SchemaChange } from './storage/maintenance.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    directory: { type: 'string' },
    file: { type: 'string' },
    indexes: { type: 'string' },
    port: { type: 'string', default: '8085' },
    host: { type: 'string', default: '127.0.0.1' },
    'index-mode': { type: 'string' },
    to: { type: 'string' },
  },
});

function required(name: 'directory' | 'file' | 'to'): string {
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

function reportChange({ from, to, copy }: SchemaChange): void {
  if (!copy) console.log(`The database has schema ${to} already.`);
  else
    console.log(`The database was brought from schema ${from} to ${to}. As it was, it is kept in ${copy}.`);
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
      keepSmall();
      const { address } = await engine.serve({ port: Number(values.port), host: values.host });
      console.log(`FIRESTORE_EMULATOR_HOST=${address}\n${settings().notice}`);
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    }),
  check: () => withEngine((engine) => report(engine.check())),
  repair: async () => report(await repairDatabase(required('directory'), settings().indexes)),
  backup: () => withEngine((engine) => engine.backup(required('file'))),
  restore: async () => restoreBackup(required('file'), required('directory')),
  upgrade: async () => reportChange(changeSchema(required('directory'))),
  downgrade: async () => reportChange(changeSchema(required('directory'), Number(required('to')))),
};

try {
  const command = commands[positionals[0] ?? ''];
  if (!command) throw new StorageError(`Say one of: ${Object.keys(commands).join(', ')}.`);
  await command();
} catch (error) {
  console.error(error instanceof StorageError ? error.message : error);
  process.exitCode = 1;
}
