import { closeSync, openSync, read } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { StorageError } from './errors.ts';
import { CHECKPOINT_PAGES } from './storage.ts';

const readAt = promisify(read);
const CHUNK = 1024 * 1024;
/** SQLite keeps its locks here and nothing else: other handles may not read it on Windows. */
const LOCK_PAGE = 0x40000000;

/**
 * Copies a database while it is written to. In write-ahead mode the file itself changes only at checkpoints: after
 * one, and with the next put off, it is a whole database of that moment, and commits go on in the log.
 */
export class Backup {
  private readonly db: DatabaseSync;
  private readonly source: number;
  private running = false;

  constructor(db: DatabaseSync, file: string) {
    this.db = db;
    // Opened once and for all: closing any handle of the file would end the locks of this process on it (POSIX).
    this.source = openSync(file, 'r');
  }

  /** Writes a copy, which appears under its name only when it is whole and on disk. */
  async copyTo(file: string): Promise<void> {
    if (this.running) throw new StorageError('A backup is running; wait for it to finish.');
    this.running = true;
    const partial = `${file}.partial`;
    this.db.exec('PRAGMA wal_autocheckpoint=0');
    try {
      const size = this.checkpoint();
      await this.copy(partial, size);
      await rename(partial, file);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    } finally {
      this.running = false;
      if (this.db.isOpen) this.db.exec(`PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES}`);
    }
  }

  /** Brings the file up to date; returns its size. */
  private checkpoint(): number {
    const result = this.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (result?.busy !== 0) throw new StorageError('The database is busy; try the backup again.');
    const pages = this.db.prepare('PRAGMA page_count').get()?.page_count;
    const pageSize = this.db.prepare('PRAGMA page_size').get()?.page_size;
    return Number(pages) * Number(pageSize);
  }

  private async copy(partial: string, size: number): Promise<void> {
    const target = await open(partial, 'w');
    try {
      const buffer = Buffer.alloc(CHUNK);
      for (let at = 0; at < size; ) {
        if (at === LOCK_PAGE) at += 4096;
        const limit = at < LOCK_PAGE ? Math.min(size, LOCK_PAGE) : size;
        const { bytesRead } = await readAt(this.source, buffer, 0, Math.min(CHUNK, limit - at), at);
        if (bytesRead === 0) throw new StorageError('The database file is shorter than it should be.');
        await target.write(buffer, 0, bytesRead, at);
        at += bytesRead;
      }
      await target.truncate(size);
      await target.datasync();
    } finally {
      await target.close();
    }
  }

  /** Only after the database is closed. */
  close(): void {
    closeSync(this.source);
  }
}
