/**
 * Started by the crash tests: writes until it is killed, and prints what it was acknowledged. Each of its writers
 * goes on where its counter stands. Commands, after the folder:
 *   write <bytes of text a document> [folder for backups, taken all the time]
 *   schema <version>: brings the folder there and back again
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Firestore } from '@google-cloud/firestore';
import { openFirestoreEngine } from '../index.ts';
import { changeSchema } from '../storage/maintenance.ts';

const [directory = '', command = 'write', argument = '0', backups] = process.argv.slice(2);
const say = (...words: (string | number)[]) => process.stdout.write(`${words.join(' ')}\n`);

async function writer(firestore: Firestore, id: number, text: string): Promise<void> {
  const counter = firestore.doc(`counters/${id}`);
  const start = (await counter.get()).get('n') ?? 0;
  for (let n = start + 1; ; n++) {
    const batch = firestore.batch();
    batch.create(firestore.doc(`writers/${id}/rows/${n}`), { n, text, list: [n, 'x'], map: { deep: { n } } });
    batch.set(counter, { n, text });
    batch.set(firestore.doc(`writers/${id}/last/${n}`), { n });
    batch.delete(firestore.doc(`writers/${id}/last/${n - 1}`));
    await batch.commit();
    say('acknowledged', id, n);
  }
}

async function write(): Promise<void> {
  const engine = openFirestoreEngine({ directory });
  const firestore = engine.attach(new Firestore({ projectId: 'test' }));
  const text = 'x'.repeat(Number(argument));
  const copies = async () => {
    if (!backups) return;
    for (let n = 0; ; n++) {
      const file = join(backups, `${process.pid}-${n}.sqlite`);
      await engine.backup(file);
      say('backup', file);
      await sleep(20);
    }
  };
  await Promise.all([copies(), ...[0, 1, 2, 3].map((id) => writer(firestore, id, text))]);
}

if (command === 'write') await write();
else {
  say('begins');
  for (;;) {
    changeSchema(directory);
    say('schema', 'newest');
    changeSchema(directory, Number(argument));
    say('schema', argument);
  }
}
