import type { FirestoreCalls } from '../service.ts';
import { fromMicros, stringValue } from '../values/values.ts';

const time = fromMicros(Date.now() * 1000);
const fields = Object.fromEntries(
  Array.from({ length: 14 }, (_, n) => [`field${n}`, stringValue(`value ${n}`)]),
);
const answered = (name: string) => ({ name, fields, createTime: time, updateTime: time });
const transaction = Buffer.from('transaction');

/**
 * A service without a database: it answers at once, always the same. What a client reaches with it is the most
 * that it can reach through a door with any database.
 */
const answers: Partial<FirestoreCalls> = {
  commit: async ({ writes }) => ({
    commitTime: time,
    writeResults: (writes ?? []).map(() => ({ updateTime: time, transformResults: [] })),
  }),
  batchGetDocuments: ({ documents, newTransaction }) =>
    (documents ?? []).map((name) => ({
      found: answered(name),
      readTime: time,
      ...(newTransaction && { transaction }),
    })),
  runQuery: ({ parent }) =>
    Array.from({ length: 10 }, (_, n) => ({
      document: answered(`${parent}/contacts/con_${n}`),
      readTime: time,
    })),
  rollback: () => {},
};

/** Only the calls of `operations` can be made. */
export const nothing = answers as FirestoreCalls;
