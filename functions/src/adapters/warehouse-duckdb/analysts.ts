import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../kernel/errors.ts';
import type { Answer, AskLimits, Question } from '../../kernel/ports/questions.ts';
import { tableOf } from '../analyst/confined.ts';
import type { Read, Source } from './analyst.ts';
import type { AnalystMethods, FetchMethods } from './analyst-process.ts';
import { partsFolder, questionsFolder, quoteName, quoteText } from './database.ts';
import { type Channel, connectPeer, type Peer } from './peer.ts';
import type { Parameters } from './query.ts';
import { createTurns } from './turns.ts';

/** Processes that answer at once; each takes one core at most, and gives it up for whatever else has work. */
const PROCESSES = 2;
/** What DuckDB may take of a process before it writes to disk, and what the whole process may take. */
const MEMORY = '384MB';
const RESIDENT_BYTES = 768 * 2 ** 20;
const OLD_SPACE_MB = 256;
/** A process that nobody asks anything ends. */
const IDLE_MS = 30_000;
/** Questions that wait, of one asker and of all; more are refused. */
const WAITING = { each: 8, all: 100 };

/** Writes the rows of a SELECT on the warehouse into a Parquet file, until the signal ends it. */
export type Extract = (
  sql: string,
  parameters: Parameters,
  file: string,
  signal: AbortSignal,
) => Promise<void>;

/** Questions of analysts, each answered in a process that holds only the rows that its asker may see. */
export class Analysts {
  readonly #directory: string;
  readonly #extract: Extract;
  readonly #turns = createTurns(PROCESSES, WAITING);
  #idle: readonly AnalystProcess[] = [];
  readonly #closing = new AbortController();

  constructor(directory: string, extract: Extract) {
    this.#directory = directory;
    this.#extract = extract;
  }

  ask(question: Question, limits: AskLimits): Promise<Answer> {
    const signals = limits.signal ? [limits.signal, this.#closing.signal] : [this.#closing.signal];
    return this.#turns(question.asker, AbortSignal.any(signals), (signal) =>
      this.#answer(question, limits, signal),
    );
  }

  /** Ends every question. */
  close(): void {
    this.#closing.abort(new Problem('unavailable', 'The warehouse is closed.'));
    for (const idle of this.#idle) idle.end();
  }

  async #answer(question: Question, limits: AskLimits, given: AbortSignal): Promise<Answer> {
    const analyst = this.#idle.findLast(({ running }) => running) ?? new AnalystProcess();
    this.#idle = this.#idle.filter((idle) => idle.running && idle !== analyst);
    const late = new AbortController();
    const signal = AbortSignal.any([given, late.signal]);
    const end = (): void => analyst.end();
    signal.addEventListener('abort', end);
    const folders = questionsFolder(this.#directory);
    await mkdir(folders, { recursive: true });
    const folder = await mkdtemp(path.join(folders, 'q-'));
    let timer: NodeJS.Timeout | undefined;
    try {
      await analyst.ready();
      const started = performance.now();
      timer = setTimeout(() => late.abort(tooLate(limits.timeoutMs)), limits.timeoutMs);
      const fetch = (reads: readonly Read[]): Promise<Source[]> =>
        this.#fetch(question, reads, folder, signal);
      const answer = await analyst.ask(question, limits, path.join(folder, 'spill'), fetch);
      return { ...answer, elapsedMs: performance.now() - started };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      if (analyst.running && !signal.aborted) this.#keep(analyst);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** One table after another, so that the questions of all take one reader of the warehouse. */
  async #fetch(
    question: Question,
    reads: readonly Read[],
    folder: string,
    signal: AbortSignal,
  ): Promise<Source[]> {
    const sources: Source[] = [];
    for (const { table, columns } of reads) {
      const { sql, parameters, filesOnly } = tableOf(question, table);
      const select = `SELECT ${columns.map(quoteName).join(', ')} FROM (${sql}) AS asked`;
      if (filesOnly) {
        sources.push({ table, sql: select, files: partsIn(sql, partsFolder(this.#directory)) });
        continue;
      }
      const file = path.join(folder, `${sources.length}.parquet`);
      await this.#extract(select, parameters, file, signal);
      sources.push({ table, sql: `SELECT * FROM read_parquet(${quoteText(file)})`, files: [file] });
    }
    return sources;
  }

  #keep(analyst: AnalystProcess): void {
    if (this.#closing.signal.aborted) {
      analyst.end();
      return;
    }
    this.#idle = [...this.#idle, analyst];
    analyst.rest(IDLE_MS);
  }
}

const tooLate = (timeoutMs: number): Problem => {
  const detail = `The query took longer than ${timeoutMs / 1000} s. Read fewer rows, or join fewer of them.`;
  return new Problem('invalid', detail, { errors: [{ path: 'sql', message: detail, code: 'timeout' }] });
};

/** The files of datasets that the SQL of the port `datasets` names. */
function partsIn(sql: string, parts: string): string[] {
  const texts = [...sql.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => text.replaceAll("''", "'"));
  return texts.filter((text) => text.startsWith(`${parts}${path.sep}`));
}

/** A process that answers one question after another, until one of them is too much for it. */
class AnalystProcess {
  readonly #child: ChildProcess;
  readonly #peer: Peer<AnalystMethods>;
  #fetch: ((reads: readonly Read[]) => Promise<Source[]>) | undefined;
  #resting: NodeJS.Timeout | undefined;
  running = true;

  constructor() {
    const here = fileURLToPath(import.meta.url);
    // The file is TypeScript here and JavaScript in a deployed build.
    const file = path.join(path.dirname(here), `analyst-process${path.extname(here)}`);
    const child = fork(file, [String(RESIDENT_BYTES)], {
      env: {
        NODE_ENV: 'production',
        SystemRoot: process.env.SystemRoot,
        // Without it half a second goes into reading our own code.
        ...(process.env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE } : {}),
      },
      execArgv: [`--max-old-space-size=${OLD_SPACE_MB}`, '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    this.#child = child;
    const methods: FetchMethods = {
      fetch: async (reads) => {
        if (!this.#fetch) throw new Error('there is no question');
        return this.#fetch(reads);
      },
    };
    const channel: Channel = {
      postMessage: (message) => child.connected && child.send(message as object, () => undefined),
      on: (event, listener) => child.on(event, listener),
    };
    this.#peer = connectPeer<AnalystMethods>(channel, methods);
    const ended = (cause?: unknown): void => {
      this.running = false;
      clearTimeout(this.#resting);
      const detail =
        'The query needs more memory than there is for one. Read fewer rows, or group them by less.';
      this.#peer.abandon(new Problem('too_large', detail, { cause }));
    };
    child.once('error', ended);
    child.once('exit', (code, by) => ended(new Error(`the process ended with ${by ?? code}`)));
  }

  ready(): Promise<void> {
    clearTimeout(this.#resting);
    this.#child.ref();
    this.#child.channel?.ref();
    return this.#peer.call('ready');
  }

  async ask(
    { sql, tables }: Question,
    { maxRows, maxBytes }: AskLimits,
    spill: string,
    fetch: (reads: readonly Read[]) => Promise<Source[]>,
  ): Promise<Omit<Answer, 'elapsedMs'>> {
    this.#fetch = fetch;
    try {
      const heads = tables.map(({ name, columns }) => ({ name, columns }));
      return await this.#peer.call('ask', sql, heads, { maxRows, maxBytes }, { spill, memory: MEMORY });
    } finally {
      this.#fetch = undefined;
    }
  }

  /** Waits for the next question without keeping the server's process alive, and ends when none comes in time. */
  rest(forMs: number): void {
    this.#child.unref();
    this.#child.channel?.unref();
    this.#resting = setTimeout(() => this.end(), forMs).unref();
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}
