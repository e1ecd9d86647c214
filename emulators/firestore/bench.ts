/**
 * Prints operations a second through both doors, with 1 and 32 clients. Every write is fsynced before it is answered.
 * Options: `--seconds 2` (a case), `--documents 10000` (in the queried collection).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Firestore } from '@google-cloud/firestore';
import { openFirestoreEngine } from './index.ts';

// Google's client would look for a metadata server first.
process.env.METADATA_SERVER_DETECTION ??= 'none';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    documents: { type: 'string', default: '10000' },
    directory: { type: 'string', default: tmpdir() },
  },
});
const seconds = Number(values.seconds);
const documents = Number(values.documents);

const indexes = {
  indexes: [
    {
      collectionGroup: 'contacts',
      fields: [
        { fieldPath: 'status', order: 'ASCENDING' },
        { fieldPath: 'createdAt', order: 'DESCENDING' },
      ],
    },
  ],
};

function contact(n: number) {
  return {
    id: `con_${n}`,
    name: `Contact number ${n}`,
    email: `c${n}@example.com`,
    phone: '+41 44 000 00 00',
    status: ['new', 'open', 'won', 'lost'][n % 4],
    score: n % 100,
    city: 'Zürich',
    country: 'CH',
    tags: ['a', 'b'],
    owner: `usr_${n % 10}`,
    createdAt: new Date(1.7e12 + n * 1000),
    updatedAt: new Date(1.7e12 + n * 1000),
    note: null,
    version: 1,
  };
}

type Case = (firestore: Firestore) => (n: number) => Promise<unknown>;

const cases: Record<string, Case> = {
  set: (firestore) => (n) => firestore.doc(`small/d${n % 1000}`).set({ n, text: 'x' }),
  get: (firestore) => (n) => firestore.doc(`contacts/con_${n % documents}`).get(),
  'batch of 3 writes': (firestore) => (n) => {
    const batch = firestore.batch();
    for (const part of ['a', 'b', 'c']) batch.set(firestore.doc(`batches/${part}${n % 1000}`), { n });
    return batch.commit();
  },
  'query of 10': (firestore) => () =>
    firestore
      .collection('contacts')
      .where('status', '==', 'open')
      .orderBy('createdAt', 'desc')
      .limit(10)
      .get(),
  'read-write transaction': (firestore) => (n) =>
    firestore.runTransaction(async (transaction) => {
      const ref = firestore.doc(`counters/c${n % 1000}`);
      const snapshot = await transaction.get(ref);
      transaction.set(ref, { n: (snapshot.get('n') ?? 0) + 1 });
    }),
};

async function rate(operation: (n: number) => Promise<unknown>, clients: number): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let done = 0;
  const client = async () => {
    while (performance.now() < end) {
      await operation(done);
      done++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return Math.round((done * 1000) / (performance.now() - start));
}

const directory = mkdtempSync(join(values.directory, 'firestore-bench-'));
const engine = openFirestoreEngine({ directory, indexes });
const server = await engine.serve();
const local = engine.attach(new Firestore({ projectId: 'bench' }));
const remote = new Firestore({ projectId: 'bench', host: server.address, ssl: false });
try {
  const writer = local.bulkWriter();
  for (let n = 0; n < documents; n++) void writer.set(local.doc(`contacts/con_${n}`), contact(n));
  await writer.close();
  await remote.doc('warm/up').get();
  const rows: Record<string, Record<string, number>> = {};
  for (const [name, prepare] of Object.entries(cases)) {
    const row: Record<string, number> = {};
    for (const [door, firestore] of [
      ['in process', local],
      ['gRPC', remote],
    ] as const) {
      for (const clients of [1, 32]) {
        row[`${door}, ${clients}`] = await rate(prepare(firestore), clients);
      }
    }
    rows[name] = row;
  }
  console.table(rows);
  console.log(engine.statistics());
} finally {
  await remote.terminate();
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
}
