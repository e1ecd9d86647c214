import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openFirestoreEngine } from './firestore/index.ts';
import { openPubSubEngine, servePubSub } from './pubsub/index.ts';

/**
 * The local cloud for Google's client libraries, durable in one folder:
 *   npm run emulators                       until Ctrl+C
 *   npm run emulators -- node my-script.js  for one command, with the addresses in its environment
 */
const { values: options, positionals: command } = parseArgs({
  allowPositionals: true,
  options: {
    /** Folder the data lives in. */
    data: { type: 'string', default: '.data/emulators' },
    /** A firestore.indexes.json; with it, queries that lack a composite index fail as in production. */
    indexes: { type: 'string' },
    'firestore-port': { type: 'string', default: '8180' },
    'pubsub-port': { type: 'string', default: '8185' },
  },
});

const indexes: unknown = options.indexes ? JSON.parse(await readFile(options.indexes, 'utf8')) : undefined;
const firestore = openFirestoreEngine({
  directory: `${options.data}/firestore`,
  indexes,
  indexMode: indexes ? 'production' : 'automatic',
});
const pubsub = openPubSubEngine({ directory: `${options.data}/pubsub` });
const [documents, messages] = await Promise.all([
  firestore.serve({ port: Number(options['firestore-port']) }),
  servePubSub(pubsub, { port: Number(options['pubsub-port']) }),
]);
const environment = { FIRESTORE_EMULATOR_HOST: documents.address, PUBSUB_EMULATOR_HOST: messages.address };
for (const [name, value] of Object.entries(environment)) process.stdout.write(`${name}=${value}\n`);

const [program, ...args] = command;
if (program) {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
} else {
  process.stdout.write('ready; Ctrl+C ends it\n');
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGBREAK'].map((signal) => once(process, signal)));
}
await Promise.all([documents.close(), messages.close()]);
await firestore.close();
pubsub.close();
