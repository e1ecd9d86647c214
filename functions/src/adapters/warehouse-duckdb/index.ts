import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Problem } from '../../kernel/errors.ts';
import type { ReadRecord, Warehouse, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import { Analysts, type Extract } from './analysts.ts';
import { DataVersions } from './data-versions.ts';
import { quoteName } from './database.ts';
import { connectPeer, type Peer } from './peer.ts';
import type { OwnerMethods, ThreadData, ThreadMethods } from './thread.ts';

/** Less than V8's own limit: the thread is as fast, and takes some 25 MB less. */
const YOUNG_GENERATION_MB = 16;
const DEFAULT_LIMITS = { timeoutMs: 30_000, maxRows: 100_000 };

/**
 * The warehouse in one DuckDB file in `directory`, opened on first use and held by one process, in a thread of its own.
 * `apply` resolves after the commit is on disk; a killed process loses nothing that was acknowledged.
 */
export function openDuckDbWarehouse({ directory }: { readonly directory: string }): Warehouse {
  return new DuckDbWarehouse(directory);
}

class DuckDbWarehouse implements Warehouse {
  readonly engine = 'duckdb';
  readonly #directory: string;
  readonly #analysts: Analysts;
  readonly #versions = new DataVersions();
  #thread: Thread | undefined;
  #closing: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#analysts = new Analysts(directory, async (...given) => this.#open().extract(...given));
  }

  apply: Warehouse['apply'] = async (changes, tables, readRecord) => {
    try {
      return await this.#open().apply(changes, tables, readRecord);
    } finally {
      // Also after a failure: the commit may have been made before it.
      this.#versions.raise(changes, tables);
    }
  };

  dataVersion: Warehouse['dataVersion'] = async (tenantId) => this.#versions.of(tenantId);

  query: Warehouse['query'] = async (sql, parameters, limits) =>
    this.#open().query(sql, parameters, { ...DEFAULT_LIMITS, ...limits });

  ask: Warehouse['ask'] = async (question, limits) => {
    if (this.#closing) throw new Error('the warehouse is closed');
    return this.#analysts.ask(question, limits);
  };

  nameOf = quoteName;

  async check(): Promise<void> {
    await this.query('SELECT count(*) AS tables FROM duckdb_tables()', []);
  }

  close(): Promise<void> {
    this.#analysts.close();
    this.#closing ??= this.#thread?.running ? this.#thread.close() : Promise.resolve();
    return this.#closing;
  }

  #open(): Thread {
    if (this.#closing) throw new Error('the warehouse is closed');
    if (!this.#thread?.running) this.#thread = new Thread(this.#directory);
    return this.#thread;
  }
}

/** The thread that works on the file. It keeps the process alive only while it is asked something. */
class Thread {
  readonly #worker: Worker;
  readonly #peer: Peer<ThreadMethods>;
  readonly #ended: Promise<void>;
  readonly #readRecords = new Map<number, ReadRecord>();
  #applies = 0;
  #calls = 0;
  #extracts = 0;
  #staying = false;
  #tables: readonly WarehouseTable[] | undefined;
  running = true;

  constructor(directory: string) {
    const here = fileURLToPath(import.meta.url);
    // The file is TypeScript here and JavaScript in a deployed build.
    const file = path.join(path.dirname(here), `thread${path.extname(here)}`);
    this.#worker = new Worker(file, {
      workerData: { directory } satisfies ThreadData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#worker.unref();
    const ours: OwnerMethods = {
      readRecord: async (number, ...asked) => this.#readRecords.get(number)?.(...asked),
    };
    this.#peer = connectPeer<ThreadMethods>(this.#worker, ours);
    this.#ended = new Promise((resolve) => {
      let cause: unknown;
      this.#worker.once('error', (error) => {
        cause = error;
      });
      this.#worker.once('exit', () => {
        this.running = false;
        const detail = 'The warehouse ended before it answered. Try again.';
        this.#peer.abandon(new Problem('unavailable', detail, { cause }));
        resolve();
      });
    });
  }

  apply: Warehouse['apply'] = async (changes, tables, readRecord) => {
    const number = ++this.#applies;
    this.#readRecords.set(number, readRecord);
    try {
      return await this.#ask(() => {
        const answer = this.#peer.call(
          'apply',
          number,
          changes,
          tables === this.#tables ? undefined : tables,
        );
        this.#tables = tables;
        return answer;
      });
    } finally {
      this.#readRecords.delete(number);
      this.#stayForWriting();
    }
  };

  /** A process that ended while its thread still writes would crash. */
  #stayForWriting(): void {
    if (this.#staying || !this.running) return;
    this.#staying = true;
    this.#ask(() => this.#peer.call('rest'))
      .catch(() => undefined)
      .finally(() => {
        this.#staying = false;
      });
  }

  query: ThreadMethods['query'] = (...given) => this.#ask(() => this.#peer.call('query', ...given));

  extract: Extract = (sql, parameters, file, signal) =>
    this.#ask(async () => {
      signal.throwIfAborted();
      const number = ++this.#extracts;
      const stop = (): void => void this.#peer.call('stopExtract', number).catch(() => undefined);
      signal.addEventListener('abort', stop);
      try {
        await this.#peer.call('extract', number, sql, parameters, file);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    });

  /** Writes what was given to it, stops what is being read, and resolves when the file is free. */
  close(): Promise<void> {
    return this.#ask(async () => {
      await this.#peer.call('close').catch(() => undefined);
      await this.#ended;
    });
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    if (this.#calls++ === 0) this.#worker.ref();
    try {
      return await call();
    } finally {
      if (--this.#calls === 0) this.#worker.unref();
    }
  }
}
