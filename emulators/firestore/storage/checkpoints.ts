import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { StorageError } from '../errors.ts';
import type { CheckpointRequest, CheckpointResult } from './checkpoint-thread.ts';

/** A database whose log is to be kept short. */
export interface Logged {
  file: string;
  /** Writes out what is held back for the log. */
  flush(): void;
  /** Pages in the log that the file does not have. */
  backlog(): number;
  /** The backlog from which on it is copied. Commits are held when the log is several times as long. */
  limit: number;
}

/** SQLite's extended result code of a failed fsync. */
const IOERR_FSYNC = 1034;
/** A rest that is longer than this is copied once more before commits are held for it, but not endlessly. */
const REST = 500;
const ROUNDS = 4;
/** How many times its limit a log may grow, by what is written while it is copied, before it is begun anew. */
const GROWTH = 4;
/** How long to wait after a checkpoint that failed. */
const PAUSE_MS = 10_000;

/**
 * Copies what is in SQLite's logs into their files, while requests go on. A thread with connections of its own
 * does the work and its fsyncs. SQLite begins a log anew when all of it is copied, which under steady writes never
 * happens: when a log has grown too long, commits are held for the few milliseconds that its last pages take.
 */
export class Checkpoints {
  private readonly databases: readonly Logged[];
  private readonly hold: () => () => void;
  private readonly failed: (reason: string) => void;
  private thread: Worker | undefined;
  private running: Promise<unknown> | undefined;
  private frozen = false;
  private pausedUntil = 0;

  /**
   * @param databases the one that backups copy comes first.
   * @param hold puts commits off, so that nothing is written until the function it returns is called.
   * @param failed called when the disk did not take a page: nothing more may be promised.
   */
  constructor(databases: readonly Logged[], hold: () => () => void, failed: (reason: string) => void) {
    this.databases = databases;
    this.hold = hold;
    this.failed = failed;
  }

  /** Begins a checkpoint when a log is long enough; returns at once. */
  consider(): void {
    if (this.running || this.frozen || Date.now() < this.pausedUntil) return;
    if (this.databases.every((database) => database.backlog() < database.limit)) return;
    this.exclusive(() => this.shorten()).catch((error: Error) => {
      this.pausedUntil = Date.now() + PAUSE_MS;
      process.emitWarning(`A checkpoint failed and will be tried again: ${error.message}`);
    });
  }

  /** Whether a checkpoint is under way, which other writes would only prolong. */
  get busy(): boolean {
    return this.running !== undefined;
  }

  /**
   * Brings the files up to date and leaves them as they are until `thaw` is called; commits go on in the logs.
   * @param look called at the moment that the files show.
   */
  async freeze<T>(look: () => T): Promise<T> {
    if (this.frozen) throw new StorageError('A backup is running; wait for it to finish.');
    this.frozen = true;
    try {
      await this.running;
      return await this.exclusive(async () => {
        await this.catchUp();
        return this.finish(([first]) => {
          if (!first || first.error || first.rest > 0) {
            throw new StorageError(`The database is busy; try again. ${first?.error?.message ?? ''}`);
          }
          return look();
        });
      });
    } catch (error) {
      this.frozen = false;
      throw error;
    }
  }

  thaw(): void {
    this.frozen = false;
  }

  /** Begins no more checkpoints; resolves when none is under way. */
  async stop(): Promise<void> {
    this.frozen = true;
    await this.running;
  }

  /** Copies everything and ends the thread; after `stop`, when nothing is written any more. */
  async close(): Promise<void> {
    if (!this.thread) return;
    const ended = once(this.thread, 'exit');
    await this.ask('close');
    await ended;
  }

  private async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.running = running.catch(() => {});
    try {
      return await running;
    } finally {
      this.running = undefined;
    }
  }

  /** Copies what there is, and what was written meanwhile. */
  private async catchUp(): Promise<CheckpointResult[]> {
    let results = await this.copy();
    for (let i = 1; i < ROUNDS && results.some(({ rest }) => rest > REST); i++) results = await this.copy();
    return results;
  }

  private async shorten(): Promise<void> {
    const results = await this.catchUp();
    const long = results.some(({ log }, i) => log > GROWTH * (this.databases[i]?.limit ?? 0));
    if (long) await this.finish(() => undefined);
  }

  /** Copies the rest while commits are held. */
  private async finish<T>(look: (results: CheckpointResult[]) => T): Promise<T> {
    const release = this.hold();
    try {
      return look(await this.copy());
    } finally {
      release();
    }
  }

  private copy(): Promise<CheckpointResult[]> {
    for (const database of this.databases) database.flush();
    return this.ask('copy');
  }

  private async ask(request: CheckpointRequest): Promise<CheckpointResult[]> {
    const thread = this.start();
    const answer = once(thread, 'message');
    thread.ref();
    thread.postMessage(request);
    const [results]: CheckpointResult[][] = await answer;
    // Between its jobs it keeps no process alive.
    if (request === 'copy') thread.unref();
    for (const { error } of results ?? []) {
      if (error?.code === IOERR_FSYNC) this.failed(error.message);
    }
    return results ?? [];
  }

  private start(): Worker {
    if (this.thread) return this.thread;
    const thread = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), {
      workerData: this.databases.map(({ file }) => file),
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    });
    // Who waits for an answer is told as well; between its jobs it is started anew when it is needed.
    thread.on('error', () => {});
    thread.once('exit', () => {
      this.thread = undefined;
    });
    this.thread = thread;
    return thread;
  }
}
