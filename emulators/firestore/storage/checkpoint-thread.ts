/** Copies SQLite's logs into their files, in a thread of its own. Answers each message when its work is done. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** What became of one log; the code of an `error` is SQLite's extended result code. */
export interface CheckpointResult {
  /** Pages in the log, and those of them that the file does not have. */
  log: number;
  rest: number;
  error?: { message: string; code: number };
}

export type CheckpointRequest = 'copy' | 'close';

const files: string[] = workerData;
const databases = files.map((file) => {
  const db = new DatabaseSync(file);
  db.exec(
    'PRAGMA busy_timeout=0; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-256',
  );
  return db;
});

function checkpoint(db: DatabaseSync, mode: 'PASSIVE' | 'TRUNCATE'): CheckpointResult {
  try {
    db.exec(`PRAGMA wal_checkpoint(${mode})`);
    // What was written meanwhile counts.
    const row = db.prepare('PRAGMA wal_checkpoint(NOOP)').get();
    const log = Number(row?.log);
    return { log, rest: log - Number(row?.checkpointed) };
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number };
    return { log: 0, rest: 0, error: { message, code: errcode ?? 0 } };
  }
}

parentPort?.on('message', (request: CheckpointRequest) => {
  const results = databases.map((db) => checkpoint(db, request === 'copy' ? 'PASSIVE' : 'TRUNCATE'));
  if (request === 'close') for (const db of databases) db.close();
  parentPort?.postMessage(results);
  if (request === 'close') parentPort?.close();
});
