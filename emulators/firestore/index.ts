import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Firestore } from '@google-cloud/firestore';
import { attachClient } from './door/attach.ts';
import { type FirestoreServer, type ServeOptions, serveFirestore } from './door/server.ts';
import { CommitFeed } from './feed/feed.ts';
import type { IndexMode } from './indexes/index-candidates.ts';
import { INDEX_FILE, IndexStore } from './indexes/index-store.ts';
import { ListenHub } from './listen/listen-hub.ts';
import { ScanStatements } from './query/cursors.ts';
import { Planner } from './query/planner.ts';
import { Search } from './query/search.ts';
import { FirestoreService } from './service.ts';
import { Backup } from './storage/backup.ts';
import { Checkpoints, type Logged } from './storage/checkpoints.ts';
import { Commits } from './storage/commits.ts';
import { Committer } from './storage/committer.ts';
import { Housekeeping } from './storage/housekeeping.ts';
import { checkIntegrity } from './storage/integrity.ts';
import { LogSync } from './storage/log-sync.ts';
import { recoverIndexes } from './storage/recover.ts';
import { reindex } from './storage/reindex.ts';
import { SCHEMA_VERSION } from './storage/schema.ts';
import { backlogOf, DATABASE_FILE, LOG_FILE, openStorage, type Storage } from './storage/storage.ts';
import { Store } from './storage/store.ts';
import { Transactions } from './transactions/transactions.ts';
import { type Clock, systemClock } from './values/clock.ts';

export type { FirestoreServer, ServeOptions } from './door/server.ts';
export { Code, FirestoreError, StorageError } from './errors.ts';
export type { CommitFeed, FeedEntry } from './feed/feed.ts';
export type { DocumentImage, JsonData, JsonValue } from './feed/feed-images.ts';
export { readPatterns } from './feed/feed-patterns.ts';
export type { DocumentChange, EncodedChange, FeedReader } from './feed/feed-reader.ts';
export type { FirestoreService } from './service.ts';
export { keepSmall } from './storage/keep-small.ts';
export type { Clock } from './values/clock.ts';

export interface FirestoreEngineOptions {
  /** Folder of the database; created when missing. One process at a time. */
  directory: string;
  /** The parsed `firestore.indexes.json`. */
  indexes?: unknown;
  /**
   * `production` (default): a query that Cloud Firestore would refuse for want of an index fails with
   * FAILED_PRECONDITION and the entry to add. `automatic`: it is answered without one, more slowly.
   */
  indexMode?: IndexMode;
  /**
   * Patterns of document paths, for example `tenants/{tenant}/changes/{id}`, whose changes `feed.read` shows. They
   * are kept until `feed.trim`; readers with patterns and positions of their own come from `feed.reader`.
   */
  feed?: readonly string[];
  /** Measures how long transactions and commits may take; for tests. */
  clock?: Clock;
}

export interface EngineStatistics {
  documents: number;
  /** Bytes of the database file, without the write-ahead log. */
  bytes: number;
  lastCommit: Date;
  schemaVersion: number;
}

/** A durable Firestore in one folder. See README.md. */
export interface FirestoreEngine {
  /** The calls of the Firestore API, for doors of other kinds. */
  readonly service: FirestoreService;
  /** Makes a client of `@google-cloud/firestore` answer from this engine, in process. Returns the same client. */
  attach(firestore: Firestore): Firestore;
  /** Opens the gRPC door, for other processes and languages; clients use it unchanged. */
  serve(options?: ServeOptions): Promise<FirestoreServer>;
  /** Changes of documents in commit order, for readers with a durable position. */
  readonly feed: CommitFeed;
  /** Copies the database to a file while it is in use. The file appears only when it is complete. */
  backup(file: string): Promise<void>;
  /** Compares the file, its documents and its index entries. Blocks while it reads everything. */
  check(): { ok: boolean; problems: string[] };
  statistics(): EngineStatistics;
  /** Finishes what is queued, ends listeners and releases the folder. */
  close(): Promise<void>;
}

/**
 * Opens the database of a folder. Throws StorageError, with instructions, when another process has it, when the
 * files are foreign, damaged or newer than this release, or when the folder cannot be written.
 */
export function openFirestoreEngine(options: FirestoreEngineOptions): FirestoreEngine {
  const storage = openStorage(options.directory);
  let index: IndexStore | undefined;
  try {
    index = new IndexStore(options.directory);
    const store = new Store(storage.db, index, options.indexes);
    recoverIndexes(store);
    reindex(store);
    return startEngine(storage, index, store, options);
  } catch (error) {
    index?.close();
    storage.close();
    throw error;
  }
}

function startEngine(
  storage: Storage,
  index: IndexStore,
  store: Store,
  options: FirestoreEngineOptions,
): FirestoreEngine {
  const { db } = storage;
  const log = new LogSync(options.directory, join(options.directory, LOG_FILE));
  const feed = new CommitFeed(db, options.feed ?? []);
  const planner = new Planner(store.catalog, options.indexMode ?? 'production');
  const search = new Search(store, planner, new ScanStatements(db, index));
  const clock = options.clock ?? systemClock;
  const transactions = new Transactions(clock);
  const hub = new ListenHub(store, search);
  const committer = new Committer(store, feed, log, (commits, time) => hub.publish(commits, time));
  const commits = new Commits(committer, transactions, clock);
  const service = new FirestoreService(store, search, commits, transactions, hub, clock);
  const checkpoints = new Checkpoints(
    logsOf(options.directory, db, index),
    () => committer.hold(),
    (reason) => committer.stop(reason),
  );
  const backup = new Backup(db, join(options.directory, DATABASE_FILE), checkpoints);
  const housekeeping = new Housekeeping(store, checkpoints);
  const servers: FirestoreServer[] = [];
  let open = true;

  return {
    service,
    feed,
    attach: (firestore) => attachClient(service, firestore),
    async serve(serveOptions) {
      const server = await serveFirestore(service, serveOptions);
      servers.push(server);
      return server;
    },
    backup: (file) => backup.copyTo(file),
    check: () => checkIntegrity(store),
    statistics: () => ({
      documents: store.documentCount,
      bytes: Number(
        db.prepare('SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()').get()
          ?.n,
      ),
      lastCommit: new Date(Math.floor(store.commitTime / 1000)),
      schemaVersion: SCHEMA_VERSION,
    }),
    async close() {
      if (!open) return;
      open = false;
      housekeeping.stop();
      await backup.settled();
      await checkpoints.stop();
      transactions.close();
      await committer.close();
      hub.closeAll();
      for (const server of servers) await server.close();
      log.close();
      index.flush();
      await checkpoints.close();
      index.close();
      storage.close();
      backup.close();
    },
  };
}

/** Pages in a log that are copied into its file: 16 MiB of documents, 32 MiB of index entries. */
const LOG_PAGES = 4096;
const INDEX_LOG_PAGES = 8192;

function logsOf(directory: string, db: DatabaseSync, index: IndexStore): Logged[] {
  return [
    {
      file: join(directory, DATABASE_FILE),
      flush: () => {},
      backlog: () => backlogOf(db),
      limit: LOG_PAGES,
    },
    {
      file: join(directory, INDEX_FILE),
      flush: () => index.flush(),
      backlog: () => index.backlog,
      limit: INDEX_LOG_PAGES,
    },
  ];
}
