/**
 * Holds a database of many contacts: `stored.ts <folder> <contacts> build` writes it, without `build` it is opened
 * and writes are measured, while a listener is attached, as the parent asks.
 */
import { Firestore, type Query } from '@google-cloud/firestore';
import { openFirestoreEngine } from '../index.ts';
import type { ListenerKind, Measure, Measured, Opened } from './listeners.ts';
import { contact, fill, INDEXES } from './operations.ts';
import { median, rate } from './rounds.ts';

// Google's client would look for a metadata server first.
process.env.METADATA_SERVER_DETECTION ??= 'none';

const [directory = '', size = '0', build] = process.argv.slice(2);
const contacts = Number(size);
const begin = performance.now();
const engine = openFirestoreEngine({ directory, indexes: INDEXES });
const opened = performance.now() - begin;
const firestore = engine.attach(new Firestore({ projectId: 'bench' }));

const mine = firestore.collection('contacts').where('owner', '==', 'usr_0');
const queries: Record<ListenerKind, Query> = {
  query: mine,
  'query with a limit': mine.orderBy('updatedAt', 'desc').limit(10),
};

/** Writes contacts that the listener hears of, one after the other. */
async function measure({ kind, milliseconds }: Measure): Promise<Measured> {
  let heard = () => {};
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve;
    });
  const first = next();
  const stop = queries[kind].onSnapshot(() => heard());
  await first;
  let version = Date.now();
  const figures: number[] = [];
  const write = async (n: number) => {
    const begin = performance.now();
    const change = next();
    const document = firestore.doc(`contacts/con_${n % 100}`);
    await Promise.all([document.set({ ...contact(n % 100), updatedAt: new Date(version++) }), change]);
    figures.push(performance.now() - begin);
  };
  const before = process.cpuUsage();
  await rate(write, 1, milliseconds);
  const { user, system } = process.cpuUsage(before);
  stop();
  return {
    write: median(figures),
    work: (user + system) / figures.length,
    memory: process.memoryUsage.rss(),
  };
}

if (build) {
  await fill(firestore, contacts);
  await engine.close();
} else {
  process.on('message', async (question: Measure) => process.send?.(await measure(question)));
  process.on('disconnect', () => engine.close());
  process.send?.({ opened } satisfies Opened);
}
