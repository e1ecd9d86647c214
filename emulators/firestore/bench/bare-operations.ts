import { PREFIX } from '../door/grpc-codec.ts';
import { loadProtocol } from '../door/protocol.ts';
import { StorageError } from '../errors.ts';
import type { Call } from './bare-client.ts';
import { DATABASE } from './contenders.ts';

/** One thing that a client does; `n` differs from call to call. */
export type BareOperation = (call: Call, n: number) => Promise<unknown>;

const ROOT = `${DATABASE}/documents`;

function update(path: string, n: number) {
  return { update: { name: `${ROOT}/${path}`, fields: { n: { integerValue: n } } } };
}

// The numbers of the enums in the description of the API.
const EQUAL = 5;
const DESCENDING = 2;

const QUERY = {
  from: [{ collectionId: 'contacts' }],
  where: { fieldFilter: { field: { fieldPath: 'status' }, op: EQUAL, value: { stringValue: 'open' } } },
  orderBy: [
    { field: { fieldPath: 'createdAt' }, direction: DESCENDING },
    { field: { fieldPath: '__name__' }, direction: DESCENDING },
  ],
  limit: { value: 10 },
};

/** The operations of `operations`, as a bare client makes them. */
export function bareOperations(contacts: number): Record<string, BareOperation> {
  const read = loadProtocol().methods.BatchGetDocuments?.resolvedResponseType;
  /** The first message of an answer names the transaction that began. */
  const transactionOf = (answer: Buffer): unknown => {
    const first = read?.decode(answer.subarray(PREFIX, PREFIX + answer.readUInt32BE(1)));
    if (!first || !('transaction' in first)) throw new StorageError('The answer names no transaction.');
    return first.transaction;
  };
  return {
    set: (call, n) => call('Commit', { database: DATABASE, writes: [update(`small/d${n % 1000}`, n)] }),
    get: (call, n) => {
      const documents = [`${ROOT}/contacts/con_${n % contacts}`];
      return call('BatchGetDocuments', { database: DATABASE, documents });
    },
    'batch of 3 writes': (call, n) => {
      const writes = ['a', 'b', 'c'].map((part) => update(`batches/${part}${n % 1000}`, n));
      return call('Commit', { database: DATABASE, writes });
    },
    'query of 10': (call) => call('RunQuery', { parent: ROOT, structuredQuery: QUERY }),
    'transaction (read, write)': async (call, n) => {
      const path = `counters/c${n % 1000}`;
      const answer = await call('BatchGetDocuments', {
        database: DATABASE,
        documents: [`${ROOT}/${path}`],
        newTransaction: { readWrite: {} },
      });
      const transaction = transactionOf(answer);
      await call('Commit', { database: DATABASE, transaction, writes: [update(path, n)] });
    },
  };
}
