/**
 * The process in which analysts' questions are answered, one after another. Whatever a question does to it, with its
 * memory or its time, is not done to the server.
 */

import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Answer } from '../../kernel/ports/questions.ts';
import type { Bounds } from '../analyst/bounded-rows.ts';
import { answerQuestion, type Read, type Setting, type Source, type TableHead } from './analyst.ts';
import { type Channel, connectPeer } from './peer.ts';

/** What the process does. */
export type AnalystMethods = {
  /** Resolves when questions may come. */
  ready(): Promise<void>;
  ask(
    sql: string,
    tables: readonly TableHead[],
    bounds: Bounds,
    setting: Setting,
  ): Promise<Omit<Answer, 'elapsedMs'>>;
};

/** What it asks for, of the question it is at. */
export type FetchMethods = { fetch(reads: readonly Read[]): Promise<readonly Source[]> };

const RESIDENT_LIMIT = Number(process.argv[2]);

// The requests of the server come first, and when the machine runs out of memory this process goes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
if (process.platform === 'linux')
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Some containers forbid it.
  }

const here = fileURLToPath(import.meta.url);
const guard = path.join(path.dirname(here), `memory-guard${path.extname(here)}`);
new Worker(guard, { workerData: RESIDENT_LIMIT }).unref();

const methods: AnalystMethods = {
  ready: async () => {
    await import('@duckdb/node-api');
  },
  ask: (...given) => answerQuestion(...given, (reads) => server.call('fetch', reads)),
};
const channel: Channel = {
  postMessage: (message) => process.send?.(message),
  on: (event, listener) => process.on(event, listener),
};
const server = connectPeer<FetchMethods>(channel, methods);
// Whoever started it has gone.
process.on('disconnect', () => process.exit());
