import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from 'node:fs';

interface Waiting {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Makes what SQLite wrote to its write-ahead log durable, without holding up the event loop as SQLite's own fsync
 * does. One call of fdatasync covers all that was written before it; what is written while it runs waits for the
 * next, so that the slower the disk is, the more commits share one. After a failure every later call fails as well:
 * a second fdatasync would succeed although the first has lost pages.
 */
export class LogSync {
  private readonly file: number;
  private waiting: Waiting[] = [];
  private running = false;
  private failure: Error | undefined;

  /** @param directory folder of the database, whose entry for a new log has to be durable too. */
  constructor(directory: string, log: string) {
    this.file = openSync(log, 'r+');
    fdatasyncSync(this.file);
    syncFolder(directory);
  }

  /** Resolves when everything written to the log so far is on disk. */
  after(resolve: () => void, reject: (error: unknown) => void): void {
    this.waiting.push({ resolve, reject });
    if (!this.running) this.start();
  }

  private start(): void {
    const group = this.waiting;
    this.waiting = [];
    this.running = true;
    fdatasync(this.file, (error) => {
      this.running = false;
      this.failure ??= error ?? undefined;
      if (this.waiting.length > 0) this.start();
      for (const { resolve, reject } of group) {
        if (this.failure) reject(this.failure);
        else resolve();
      }
    });
  }

  /** Closes the log; nothing may be waiting. */
  close(): void {
    closeSync(this.file);
  }
}

function syncFolder(directory: string): void {
  // Windows has no such call, and needs none: its file system logs the entry.
  if (process.platform === 'win32') return;
  const folder = openSync(directory, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
