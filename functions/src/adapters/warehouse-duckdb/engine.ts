import { setImmediate } from 'node:timers/promises';
import type { Change } from '../../kernel/changes/change.ts';
import type { QueryResult, ReadRecord, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import type { Extract } from './analysts.ts';
import { applyBatch } from './batch.ts';
import { type Database, openDatabase } from './database.ts';
import { extractRows } from './extract.ts';
import { planOf, type TablePlan } from './plan.ts';
import { type Parameters, type QueryLimits, runQuery } from './query.ts';
import { SORTED_LOG, sortedTables, sortRun } from './runs.ts';
import { createLog, evolve } from './schema.ts';
import { createSlots } from './slots.ts';

/** Waiting applies are merged up to this many changes into one transaction. */
const MERGE_CHANGES = 10_000;
/** So many changes make a run somewhere, at most. It is looked for when nothing waits, or after four times as many. */
const SORT_CHANGES = 100_000;
/** Queries that run at once; more wait, so that the writer keeps a thread. */
const READERS = 2;
/** Readers for the questions of analysts, beside those. */
const EXTRACTS = 1;

interface Pending {
  readonly changes: readonly Change[];
  readonly tables: readonly WarehouseTable[];
  readonly readRecord: ReadRecord;
  readonly resolve: (result: { applied: number }) => void;
  readonly reject: (error: unknown) => void;
}

/** The work on the database file in `directory`; see the port `Warehouse`. */
export const createEngine = (directory: string): Engine => new Engine(directory);

class Engine {
  readonly #directory: string;
  readonly #readers = createSlots(READERS);
  readonly #extracts = createSlots(EXTRACTS);
  readonly #closing = new AbortController();
  readonly #pending: Pending[] = [];
  readonly #plans = new Map<string, TablePlan>();
  #database: Promise<Database> | undefined;
  #writing: Promise<void> | undefined;
  /** Changes since rows were last sorted; what an earlier process left is looked at first. */
  #unsorted = SORT_CHANGES;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The same `tables` array each time saves looking at the tables again. */
  apply(
    changes: readonly Change[],
    tables: readonly WarehouseTable[],
    readRecord: ReadRecord,
  ): Promise<{ applied: number }> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ changes, tables, readRecord, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  query = async (sql: string, parameters: Parameters, limits: QueryLimits): Promise<QueryResult> => {
    const database = await this.#open();
    return this.#readers(() => runQuery(database, sql, parameters, limits, this.#closing.signal));
  };

  /** Writes the rows of a SELECT into a Parquet file. */
  extract: Extract = async (sql, parameters, file, given) => {
    const database = await this.#open();
    const signal = AbortSignal.any([this.#closing.signal, given]);
    return this.#extracts(() => extractRows(database, sql, parameters, file, signal));
  };

  /** Resolves when the writer has nothing to do, not even for itself. */
  async rest(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** Writes what waits, and interrupts what is being read. Nothing may be asked from then on. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writing;
    const database = await this.#database?.catch(() => undefined);
    database?.close();
  }

  #open(): Promise<Database> {
    this.#database ??= this.#start().catch((error: unknown) => {
      this.#database = undefined;
      throw error;
    });
    return this.#database;
  }

  async #start(): Promise<Database> {
    const database = await openDatabase(this.#directory);
    await createLog(database);
    return database;
  }

  /** The only writer: takes what waits, one transaction at a time. */
  async #drain(): Promise<void> {
    // Applies that have arrived already share the first transaction.
    await setImmediate();
    while (this.#pending.length > 0) {
      await this.#write(this.#takeGroup());
      if (this.#unsorted >= SORT_CHANGES * (this.#pending.length > 0 ? 4 : 1)) await this.#sort();
    }
    this.#writing = undefined;
  }

  /** What cannot be sorted now is as good as before, and tried again later. */
  async #sort(): Promise<void> {
    this.#unsorted = 0;
    try {
      const database = await this.#open();
      const declared = [...this.#plans.values()].map((plan) => plan.declared);
      for (const table of [SORTED_LOG, ...declared.flatMap(sortedTables)])
        while (!this.#closing.signal.aborted && (await sortRun(database, table)));
    } catch (error) {
      await this.#abandonBroken(error);
      process.emitWarning(`rows of the warehouse could not be sorted: ${error}`);
    }
  }

  #takeGroup(): Pending[] {
    const tables = this.#pending[0]?.tables;
    let size = 0;
    const end = this.#pending.findIndex((pending, index) => {
      size += pending.changes.length;
      return index > 0 && (pending.tables !== tables || size > MERGE_CHANGES);
    });
    return this.#pending.splice(0, end < 0 ? this.#pending.length : end);
  }

  /** One bad apply must not fail its neighbours: a group that fails is tried again one by one. */
  async #write(group: readonly Pending[]): Promise<void> {
    const [first] = group;
    if (!first) return;
    try {
      const database = await this.#open();
      const changes = group.flatMap((pending) => pending.changes);
      const prepares = group.some((pending) => pending.changes.length === 0);
      const plans = await this.#plansFor(database, prepares ? undefined : changes, first.tables);
      const applied = await applyBatch(database, plans, changes, first.readRecord);
      this.#unsorted += applied.size;
      for (const pending of group) pending.resolve({ applied: countIn(applied, pending.changes) });
    } catch (error) {
      await this.#abandonBroken(error);
      if (group.length === 1) first.reject(error);
      else for (const pending of group) await this.#write([pending]);
    }
  }

  /** The tables of the collections that occur in `changes`, or all tables, brought up to their declarations. */
  async #plansFor(
    database: Database,
    changes: readonly Change[] | undefined,
    tables: readonly WarehouseTable[],
  ): Promise<ReadonlyMap<string, TablePlan>> {
    const present = changes && new Set(changes.map(({ collection }) => collection));
    const plans = new Map<string, TablePlan>();
    for (const declared of tables.filter(({ collection }) => present?.has(collection) ?? true)) {
      let plan = this.#plans.get(declared.collection);
      if (plan?.declared !== declared) {
        plan = planOf(declared, await evolve(database, declared));
        this.#plans.set(declared.collection, plan);
      }
      plans.set(declared.collection, plan);
    }
    return plans;
  }

  /** After a fatal error DuckDB answers nothing more until the file is opened again. */
  async #abandonBroken(error: unknown): Promise<void> {
    if (!(error instanceof Error) || !/FATAL|invalidated/.test(error.message)) return;
    const database = await this.#database?.catch(() => undefined);
    this.#database = undefined;
    this.#plans.clear();
    database?.close();
  }
}

/** How many of the changes were new; one that stands twice counts once. */
const countIn = (applied: ReadonlySet<Change>, changes: readonly Change[]): number =>
  new Set(changes.filter((change) => applied.has(change))).size;
