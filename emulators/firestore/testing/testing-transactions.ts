import type { WireFilter, WireTransactionOptions } from '../door/wire.ts';
import type { FirestoreService } from '../service.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';
import { TestClock } from './testing-clock.ts';

export const DATABASE = 'projects/test/databases/(default)';
export const CONTENTION = /^10 ABORTED: Aborted due to cross-transaction contention/;
export const TOO_LONG = /^10 ABORTED: Too much contention on these documents/;
export const EXPIRED = /^3 INVALID_ARGUMENT: The referenced transaction has expired or is no longer valid/;

export const nameOf = (path: string) => `${DATABASE}/documents/${path}`;

/** The write that sets `n` of a document. */
export function set(path: string, n: number) {
  return { update: { name: nameOf(path), fields: { n: { integerValue: n } } } };
}

/** What became of a call: `done`, the error it ended with, or `waiting` as of now. */
export function outcome(call: Promise<unknown>) {
  const state: { now: string; end: Promise<string> } = { now: 'waiting', end: Promise.resolve('') };
  state.end = call.then(
    () => 'done',
    (error: Error) => error.message,
  );
  void state.end.then((end) => {
    state.now = end;
  });
  return state;
}

/** Drives one transaction through the service, one call at a time. */
export class Client {
  readonly token: Buffer;
  private readonly service: FirestoreService;

  constructor(service: FirestoreService, options?: WireTransactionOptions) {
    this.service = service;
    this.token = service.beginTransaction({ database: DATABASE, options }).token;
  }

  /** The `n` of a document, undefined when it is missing. */
  async read(path: string): Promise<number | undefined> {
    const request = { database: DATABASE, documents: [nameOf(path)], transaction: this.token };
    const [response] = await this.service.batchGetDocuments(request);
    const value = response?.found?.fields.n;
    return value?.valueType === 'integerValue' ? Number(value.integerValue) : undefined;
  }

  /** Ids of the documents of `rows` with n up to a number, in the order of n. */
  async query(upTo: number, limit?: number): Promise<string[]> {
    const where: WireFilter = {
      fieldFilter: { field: { fieldPath: 'n' }, op: 'LESS_THAN_OR_EQUAL', value: { integerValue: upTo } },
    };
    const responses = await this.service.runQuery({
      parent: `${DATABASE}/documents`,
      structuredQuery: { from: [{ collectionId: 'rows' }], where, limit },
      transaction: this.token,
    });
    return [...responses].flatMap(({ document }) => document?.name.split('/').at(-1) ?? []);
  }

  commit(...writes: object[]) {
    return outcome(this.service.commit({ database: DATABASE, writes, transaction: this.token }));
  }

  rollback(): void {
    this.service.rollback({ transaction: this.token });
  }
}

/** A database whose clock stands still, and what several clients do to it. */
export class Session {
  readonly database: TestDatabase;
  readonly clock: TestClock;

  private constructor(database: TestDatabase, clock: TestClock) {
    this.database = database;
    this.clock = clock;
  }

  static async open(): Promise<Session> {
    const clock = new TestClock();
    return new Session(await openTestDatabase({ clock }), clock);
  }

  get service(): FirestoreService {
    return this.database.engine.service;
  }

  client(options?: WireTransactionOptions): Client {
    return new Client(this.service, options);
  }

  /** Sets a document outside of transactions. */
  write(path: string, n: number) {
    return outcome(this.service.commit({ database: DATABASE, writes: [set(path, n)] }));
  }

  /** Whatever could be done by now is done: later commits were applied and answered. */
  async settled(): Promise<void> {
    for (let i = 0; i < 3; i++) await this.write(`elsewhere/${i}`, i).end;
  }
}
