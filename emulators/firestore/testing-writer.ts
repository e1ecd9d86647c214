/**
 * Started by the durability tests: writes until it is killed and prints each document it was acknowledged.
 * Arguments: folder, name of the run, bytes of text a document.
 */
import { Firestore } from '@google-cloud/firestore';
import { openFirestoreEngine } from './index.ts';

const [directory = '', run = '0', bytes = '0'] = process.argv.slice(2);
const text = 'x'.repeat(Number(bytes));
const engine = openFirestoreEngine({ directory });
const firestore = engine.attach(new Firestore({ projectId: 'test' }));

async function writer(id: number): Promise<void> {
  for (let n = 0; ; n++) {
    const path = `runs/${run}/rows/${id}-${n}`;
    const batch = firestore.batch();
    batch.create(firestore.doc(path), { n, text, list: [n, 'x'], map: { run, deep: { n } } });
    batch.set(firestore.doc(`counters/${id}`), { n });
    if (n > 5) batch.delete(firestore.doc(`scratch/${id}-${n - 5}`));
    batch.set(firestore.doc(`scratch/${id}-${n}`), { n });
    await batch.commit();
    process.stdout.write(`${path}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(writer));
