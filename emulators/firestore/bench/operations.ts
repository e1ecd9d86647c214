import type { Firestore } from '@google-cloud/firestore';

/** The parsed `firestore.indexes.json` that the operations need. */
export const INDEXES = {
  indexes: [
    {
      collectionGroup: 'contacts',
      fields: [
        { fieldPath: 'status', order: 'ASCENDING' },
        { fieldPath: 'createdAt', order: 'DESCENDING' },
      ],
    },
    {
      collectionGroup: 'contacts',
      fields: [
        { fieldPath: 'owner', order: 'ASCENDING' },
        { fieldPath: 'updatedAt', order: 'DESCENDING' },
      ],
    },
  ],
};

/** The fields of a document of a usual size. A hundred contacts share an owner. */
export function contact(n: number) {
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
    owner: `usr_${Math.floor(n / 100)}`,
    createdAt: new Date(1.7e12 + n * 1000),
    updatedAt: new Date(1.7e12 + n * 1000),
    note: null,
    version: 1,
  };
}

/** One thing that a client does; `n` differs from call to call. */
export type Operation = (firestore: Firestore, n: number) => Promise<unknown>;

/** What is measured, on a database with so many contacts. */
export function operations(contacts: number): Record<string, Operation> {
  return {
    set: (firestore, n) => firestore.doc(`small/d${n % 1000}`).set({ n, text: 'x' }),
    get: (firestore, n) => firestore.doc(`contacts/con_${n % contacts}`).get(),
    'batch of 3 writes': (firestore, n) => {
      const batch = firestore.batch();
      for (const part of ['a', 'b', 'c']) batch.set(firestore.doc(`batches/${part}${n % 1000}`), { n });
      return batch.commit();
    },
    'query of 10': (firestore) =>
      firestore
        .collection('contacts')
        .where('status', '==', 'open')
        .orderBy('createdAt', 'desc')
        .limit(10)
        .get(),
    'transaction (read, write)': (firestore, n) =>
      firestore.runTransaction(async (transaction) => {
        const ref = firestore.doc(`counters/c${n % 1000}`);
        const snapshot = await transaction.get(ref);
        transaction.set(ref, { n: (snapshot.get('n') ?? 0) + 1 });
      }),
  };
}

/** Writes the contacts, through the client, in batches. */
export async function fill(firestore: Firestore, contacts: number): Promise<void> {
  for (let from = 0; from < contacts; from += 250) {
    const batch = firestore.batch();
    for (let n = from; n < Math.min(contacts, from + 250); n++) {
      batch.set(firestore.doc(`contacts/con_${n}`), contact(n));
    }
    await batch.commit();
  }
}
