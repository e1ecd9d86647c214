/** The thread that holds the database file, so that no request waits for the work on it. */

import { parentPort, workerData } from 'node:worker_threads';
import type { Change } from '../../kernel/changes/change.ts';
import type { QueryResult, ReadRecord, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import { createEngine } from './engine.ts';
import { connectPeer } from './peer.ts';
import type { Parameters, QueryLimits } from './query.ts';

/** Given to the thread when it starts. */
export interface ThreadData {
  readonly directory: string;
}

/** What the thread does. */
export type ThreadMethods = {
  /** `tables` is absent when they are those of the apply before; `number` says whose records are read. */
  apply(
    number: number,
    changes: readonly Change[],
    tables: readonly WarehouseTable[] | undefined,
  ): Promise<{ applied: number }>;
  query(sql: string, parameters: Parameters, limits: QueryLimits): Promise<QueryResult>;
  /** `number` names it for `stopExtract`. */
  extract(number: number, sql: string, parameters: Parameters, file: string): Promise<void>;
  stopExtract(number: number): Promise<void>;
  /** Resolves when nothing is written any more, which may be after the last apply was answered. */
  rest(): Promise<void>;
  /** The thread ends by itself after this. */
  close(): Promise<void>;
};

/** What it asks for. */
export type OwnerMethods = {
  readRecord(number: number, ...asked: globalThis.Parameters<ReadRecord>): ReturnType<ReadRecord>;
};

if (!parentPort) throw new Error('this file is started as a thread');
const port = parentPort;
const engine = createEngine((workerData as ThreadData).directory);
const extracts = new Map<number, AbortController>();
let known: readonly WarehouseTable[] = [];

const methods: ThreadMethods = {
  apply: (number, changes, tables) => {
    known = tables ?? known;
    return engine.apply(changes, known, (...asked) => owner.call('readRecord', number, ...asked));
  },
  query: engine.query,
  extract: async (number, ...given) => {
    const stop = new AbortController();
    extracts.set(number, stop);
    await engine.extract(...given, stop.signal).finally(() => extracts.delete(number));
  },
  stopExtract: async (number) => extracts.get(number)?.abort(),
  rest: () => engine.rest(),
  close: async () => {
    await engine.close();
    port.unref();
  },
};
const owner = connectPeer<OwnerMethods>(port, methods);
