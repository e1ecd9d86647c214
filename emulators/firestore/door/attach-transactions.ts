import {
  Firestore,
  type ReadOnlyTransactionOptions,
  type ReadWriteTransactionOptions,
  Transaction,
} from '@google-cloud/firestore';

type RunTransaction = Firestore['runTransaction'];

/** What the client library keeps in a transaction; not part of its types. */
interface Attempts {
  _backoff?: { backoffAndWait(): Promise<void> };
  runTransaction<T>(update: (transaction: Transaction) => Promise<T>): Promise<T>;
}

type Options = ReadOnlyTransactionOptions | ReadWriteTransactionOptions | undefined;
type CreateTransaction = new (firestore: Firestore, tag: string, options: Options) => Attempts;

interface Library {
  initializeIfNeeded(tag: string): Promise<void>;
}

const TAG = 'local';

function isReadWrite(options: Options): boolean {
  if (!options) return options === undefined;
  const { readOnly, maxAttempts = 1 } = options as { readOnly?: unknown; maxAttempts?: unknown };
  return (
    (readOnly === undefined || readOnly === false) && Number.isInteger(maxAttempts) && Number(maxAttempts) > 0
  );
}

/**
 * The client waits before every attempt of a transaction, before the first for the millisecond that a timer takes at
 * least, which is longer than the transaction. Returns its `runTransaction` with a first attempt that does not wait.
 */
export function withoutFirstWait(firestore: Firestore): RunTransaction {
  const original: RunTransaction = firestore.runTransaction.bind(firestore);
  // A client of another copy of the library has transactions of its own.
  if (!(firestore instanceof Firestore)) return original;
  const create = Transaction as unknown as CreateTransaction;
  return (update, options) => {
    // The library checks what it is given; only calls that pass are taken out of its hands.
    if (typeof update !== 'function' || !isReadWrite(options)) return original(update, options);
    const transaction = new create(firestore, TAG, options);
    const backoff = transaction._backoff;
    if (!backoff) return original(update, options);
    const wait = backoff.backoffAndWait.bind(backoff);
    backoff.backoffAndWait = async () => {
      backoff.backoffAndWait = wait;
    };
    const { initializeIfNeeded } = firestore as unknown as Library;
    return initializeIfNeeded.call(firestore, TAG).then(() => transaction.runTransaction(update));
  };
}
