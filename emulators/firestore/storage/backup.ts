import { closeSync, openSync, read } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { StorageError } from '../errors.ts';
import type { Checkpoints } from './checkpoints.ts';

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
  private readonly checkpoints: Checkpoints;
  private readonly source: number;
  private running: Promise<void> = Promise.resolve();

  constructor(db: DatabaseSync, file: string, checkpoints: Checkpoints) {
    this.db = db;
    this.checkpoints = checkpoints;
    // Opened once and for all: closing any handle of the file would end the locks of this process on it (POSIX).
    this.source = openSync(file, 'r');
  }

  /** Writes a copy, which appears under its name only when it is whole and on disk. */
  copyTo(file: string): Promise<void> {
    const copied = this.write(file);
    this.running = copied.catch(() => {});
    return copied;
  }

  private async write(file: string): Promise<void> {
    const partial = `${file}.partial`;
    const size = await this.checkpoints.freeze(() => this.size());
    try {
      await this.copy(partial, size);
      await rename(partial, file);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    } finally {
      this.checkpoints.thaw();
    }
  }

  private size(): number {
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

  /** Resolves when no copy is being written. */
  settled(): Promise<void> {
    return this.running;
  }

  /** Only after the database is closed. */
  close(): void {
    closeSync(this.source);
  }
}
