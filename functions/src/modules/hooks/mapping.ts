import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import jsonata from 'jsonata';
import { Problem } from '../../kernel/errors.ts';
import { createFairQueue } from './fair-queue.ts';

/** Milliseconds one mapping may take; far longer than any needs. */
const TIMEOUT_MS = 1_000;
/** Starting the process is not the mapping's fault, and may take long on a busy machine. */
const START_MS = 20_000;
/** A process that nobody needed for so long is ended. */
const IDLE_MS = 60_000;
const MEMORY_MB = 128;

/** What the process is asked, and what it answers. The result is JSON text, or undefined when there was none. */
export interface MappingTask {
  readonly mapping: string;
  /** JSON text: `{ input, bindings }`. */
  readonly given: string;
}
export type MappingAnswer = { readonly result: string | undefined } | { readonly refused: string };

const refuse = (message: string): Problem =>
  new Problem('invalid', 'The mapping cannot be used.', {
    errors: [{ path: 'mapping', message, code: 'bad_mapping' }],
  });

/** Throws a 422 Problem with the place of the mistake. */
export function compileMapping(mapping: string): void {
  try {
    jsonata(mapping);
  } catch (error) {
    const { message, position } = error as { message?: string; position?: number };
    throw refuse(
      `${message ?? 'This is not JSONata.'}${position === undefined ? '' : ` (at character ${position})`}`,
    );
  }
}

/**
 * Evaluates a mapping within bounds of time, depth and memory, whatever the expression says. Resolves what it gave,
 * which may be nothing. Throws a 422 Problem.
 * @param bindings variables of the expression: `headers` is `$headers` there
 * @param lane for whom; nobody waits for all the mappings of somebody else
 */
export async function applyMapping(
  mapping: string,
  input: unknown,
  bindings: Readonly<Record<string, unknown>> = {},
  lane = '',
): Promise<Record<string, unknown>[]> {
  compileMapping(mapping);
  const answer = await evaluate({ mapping, given: JSON.stringify({ input, bindings }) }, lane);
  if ('refused' in answer) throw refuse(answer.refused);
  const result: unknown = answer.result === undefined ? [] : JSON.parse(answer.result);
  const records = Array.isArray(result) ? result : [result];
  return records.map((record: unknown) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw refuse('The mapping must give an object, or a list of objects.');
    return record as Record<string, unknown>;
  });
}

const evaluate = createEvaluator();

/**
 * One process, one task at a time. A task that takes too long or too much memory takes the process with it, and the
 * next one gets a new one. Not a thread: one that runs out of memory takes the whole server with it.
 */
function createEvaluator(): (task: MappingTask, lane: string) => Promise<MappingAnswer> {
  let child: Promise<ChildProcess> | undefined;
  let idle: NodeJS.Timeout | undefined;
  const queue = createFairQueue();
  const end = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    (await ending?.catch(() => undefined))?.kill('SIGKILL');
  };
  const run = async (task: MappingTask): Promise<MappingAnswer> => {
    clearTimeout(idle);
    child ??= startProcess();
    try {
      const answer = await ask(await child, task);
      idle = setTimeout(end, IDLE_MS).unref();
      return answer;
    } catch (error) {
      await end();
      if (error instanceof Problem) throw error;
      return { refused: 'The mapping needs too much memory.' };
    }
  };
  return (task, lane) => queue(lane, () => run(task));
}

/** Rejects when the process ends instead of answering. */
function ask(child: ChildProcess, task: MappingTask): Promise<MappingAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      child.off('message', answered).off('exit', ended);
      // Idle, it keeps no other process alive.
      child.channel?.unref();
      finish();
    };
    const answered = (answer: unknown): void => settle(() => resolve(answer as MappingAnswer));
    const ended = (): void => settle(() => reject(new Error('the process ended')));
    const timer = setTimeout(() => settle(() => reject(refuse('The mapping took too long.'))), TIMEOUT_MS);
    child.channel?.ref();
    child.once('message', answered).once('exit', ended);
    child.send(task, (error) => error && ended());
  });
}

/** Resolves when the process is ready for its first task. It sees nothing of our environment. */
async function startProcess(): Promise<ChildProcess> {
  const here = fileURLToPath(import.meta.url);
  // The file is TypeScript here and JavaScript in a deployed build.
  const file = path.join(path.dirname(here), `mapping-process${path.extname(here)}`);
  const child = fork(file, [], {
    env: { NODE_ENV: 'production', SystemRoot: process.env.SystemRoot },
    execArgv: [
      `--max-old-space-size=${MEMORY_MB}`,
      '--disable-warning=ExperimentalWarning',
      // Should an expression ever escape from JSONata, it may still write no file and start no process.
      '--permission',
      '--allow-fs-read=*',
    ],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.on('error', () => undefined).unref();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Problem('unavailable', 'Mappings cannot be evaluated at the moment.')),
      START_MS,
    );
    child.once('message', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return child;
}
