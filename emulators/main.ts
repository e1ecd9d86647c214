import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { openBigQueryEngine } from './bigquery/index.ts';
import { openFirestoreEngine } from './firestore/index.ts';
import { readIndexSettings } from './firestore/indexes/index-settings.ts';
import { keepSmall } from './firestore/storage/keep-small.ts';
import { openPubSubEngine, servePubSub } from './pubsub/index.ts';

/**
 * The local cloud for Google's client libraries, durable in one folder:
 *   npm run emulators                       until Ctrl+C
 *   npm run emulators -- node my-script.js  for one command, with the addresses in its environment
 */
const OPTIONS = {
  /** Folder the data lives in. */
  data: { type: 'string', default: '.data/emulators' },
  /** Indexes of Firestore; default: firestore.indexes.json, if it is there. */
  indexes: { type: 'string' },
  /** `production` (default) or `automatic`; also FIRESTORE_INDEX_MODE. See firestore/README.md. */
  'index-mode': { type: 'string' },
  'firestore-port': { type: 'string', default: '8180' },
  'pubsub-port': { type: 'string', default: '8185' },
  'bigquery-port': { type: 'string', default: '9050' },
} as const;

// The command's own options (`node -e …`) are not ours: ours end where the command begins.
const given = process.argv.slice(2);
const { tokens } = parseArgs({ args: given, options: OPTIONS, strict: false, tokens: true });
const begins = tokens.find(({ kind }) => kind === 'positional')?.index ?? given.length;
const { values: options } = parseArgs({ args: given.slice(0, begins), options: OPTIONS });
const command = given.slice(begins);

keepSmall();
const { indexes, indexMode, notice } = readIndexSettings(options.indexes, options['index-mode']);
const firestore = openFirestoreEngine({ directory: `${options.data}/firestore`, indexes, indexMode });
const pubsub = openPubSubEngine({ directory: `${options.data}/pubsub` });
const bigquery = await openBigQueryEngine({ directory: `${options.data}/bigquery` });
const [documents, messages, warehouse] = await Promise.all([
  firestore.serve({ port: Number(options['firestore-port']) }),
  servePubSub(pubsub, { port: Number(options['pubsub-port']) }),
  bigquery.serve({ port: Number(options['bigquery-port']) }),
]);
const environment = {
  FIRESTORE_EMULATOR_HOST: documents.address,
  PUBSUB_EMULATOR_HOST: messages.address,
  BIGQUERY_EMULATOR_HOST: warehouse.address,
  // The BigQuery client would look for credentials in a cloud that is not there.
  METADATA_SERVER_DETECTION: 'none',
};
for (const [name, value] of Object.entries(environment)) process.stdout.write(`${name}=${value}\n`);
process.stdout.write(`push tokens are signed with the keys at ${messages.certificates}\n`);
process.stdout.write(`Firestore: ${notice}\n`);

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
await bigquery.close();
