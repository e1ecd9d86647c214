import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../kernel/errors.ts';
import type { FileAnswer, FileTask } from './tasks.ts';

type Final = Exclude<FileAnswer, { progress: number } | { refused: string } | { failed: string }>;

interface TaskOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
  /** Takes what the task writes to its standard output; the task is done when that has been read. */
  readonly onOutput?: (output: Readable) => void;
}

/**
 * Does a task in a process of its own, which sees nothing of our environment. Throws a `malformed` Problem when the file
 * is at fault, the signal's reason when it was ended.
 */
export function runTask(task: FileTask, { signal, onProgress, onOutput }: TaskOptions = {}): Promise<Final> {
  signal?.throwIfAborted();
  const here = fileURLToPath(import.meta.url);
  // The file is TypeScript here and JavaScript in a deployed build.
  const file = path.join(path.dirname(here), `file-process${path.extname(here)}`);
  const child = fork(file, [], {
    env: {
      NODE_ENV: 'production',
      SystemRoot: process.env.SystemRoot,
      // Without it a quarter of a second goes into reading our own code.
      ...(process.env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE } : {}),
    },
    execArgv: ['--max-old-space-size=384', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', onOutput ? 'pipe' : 'ignore', 'ignore', 'ipc'],
  });
  const end = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', end, { once: true });
  const read = child.stdout ? once(child.stdout, 'end') : undefined;
  if (child.stdout) onOutput?.(child.stdout);
  const answered = new Promise<Final>((resolve, reject) => {
    child.on('message', (answer: FileAnswer) => {
      if ('progress' in answer) onProgress?.(answer.progress);
      else if ('refused' in answer) reject(new Problem('malformed', answer.refused));
      else if ('failed' in answer) reject(new Error(`the file could not be read: ${answer.failed}`));
      else resolve(answer);
    });
    child.once('error', reject);
    child.once('exit', (code, by) =>
      reject(
        signal?.aborted
          ? (signal.reason as Error)
          : new Error(`the process that reads files ended with ${by ?? code}`),
      ),
    );
    child.send(task, (error) => error && reject(error));
  }).finally(() => {
    signal?.removeEventListener('abort', end);
    end();
  });
  return read ? answered.then((answer) => read.then(() => answer)) : answered;
}
