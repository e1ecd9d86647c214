import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LogSync } from '../storage/log-sync.ts';

/** What a small commit writes: a page of the document and one of its entry. */
const COMMIT = Buffer.alloc(8192);

/** The disk alone: the most durable writes that any database could make on it. */
export interface Disk {
  /** Writes as much as a commit does and waits until it is durable; writes made meanwhile share one fsync. */
  write(): Promise<void>;
  close(): void;
}

export function openDisk(directory: string): Disk {
  const path = join(directory, 'disk');
  const file = openSync(path, 'w');
  writeSync(file, COMMIT, 0, COMMIT.length, 0);
  const log = new LogSync(directory, path);
  return {
    write() {
      writeSync(file, COMMIT, 0, COMMIT.length, 0);
      return new Promise((resolve, reject) => log.after(resolve, reject));
    },
    close() {
      log.close();
      closeSync(file);
    },
  };
}
