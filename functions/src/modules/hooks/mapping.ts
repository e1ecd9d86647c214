import path from 'node:path';
import { Worker } from 'node:worker_threads';
import jsonata from 'jsonata';
import { Problem } from '../../kernel/errors.ts';

/** Milliseconds one mapping may take; longer than any needs, and the thread's start is in it. */
const TIMEOUT_MS = 2_000;
const MEMORY_MB = 128;

/** What the thread is asked, and what it answers. The result is JSON text, or undefined when there was none. */
export interface MappingTask {
  readonly mapping: string;
  readonly input: string | undefined;
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

/** Evaluates a mapping within bounds of time, depth and memory, whatever the expression says. */
export async function applyMapping(mapping: string, input: unknown): Promise<Record<string, unknown>[]> {
  compileMapping(mapping);
  const answer = await evaluate({ mapping, input: JSON.stringify(input) });
  if ('refused' in answer) throw refuse(answer.refused);
  const result: unknown = answer.result === undefined ? undefined : JSON.parse(answer.result);
  const records = Array.isArray(result) ? result : [result];
  if (result === undefined || records.length === 0)
    throw refuse('The mapping gave nothing for this delivery.');
  return records.map((record: unknown) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw refuse('The mapping must give an object, or a list of objects.');
    return record as Record<string, unknown>;
  });
}

const evaluate = createEvaluator();

/** One thread, one task at a time. A task that takes too long takes the thread with it; the next one gets a new one. */
function createEvaluator(): (task: MappingTask) => Promise<MappingAnswer> {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const end = (): void => {
    worker?.terminate();
    worker = undefined;
  };
  const run = (task: MappingTask): Promise<MappingAnswer> =>
    new Promise((resolve) => {
      worker ??= startWorker();
      const thread = worker;
      const settle = (answer: MappingAnswer): void => {
        clearTimeout(timer);
        thread.off('message', settle).off('error', crashed);
        // An idle thread keeps no process alive.
        thread.unref();
        resolve(answer);
      };
      const fail = (refused: string): void => {
        end();
        settle({ refused });
      };
      const crashed = (): void => fail('The mapping needs too much memory.');
      const timer = setTimeout(() => fail('The mapping took too long.'), TIMEOUT_MS);
      thread.once('message', settle).once('error', crashed);
      thread.ref();
      thread.postMessage(task);
    });
  return (task) => {
    const answer = last.then(() => run(task));
    last = answer;
    return answer;
  };
}

function startWorker(): Worker {
  // The file is TypeScript here and JavaScript in a deployed build.
  const file = new URL(`./mapping-worker${path.extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB }, stderr: true });
  // Whoever waits for an answer hears of an error; without anybody waiting it must not end the process.
  return worker.on('error', () => undefined);
}
