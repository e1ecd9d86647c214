/** Runs a server of this repository as a child process in a data directory of its own. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface ServerProcess {
  url: string;
  /** Ends the server in its own way, then removes its data. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Program, relative to the root. */
  file: string;
  /** Environment beside the inherited one, given the data directory. */
  environment(directory: string): Record<string, string>;
  /** Directory for a CPU profile, which V8 writes when the server stops. */
  profile?: string | undefined;
}

/** Resolves when the server has printed the line that holds `ready` and its URL; rejects when it ends before. */
export async function startServer({ file, environment, profile }: ServerOptions): Promise<ServerProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'mewayz-load-'));
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const flags = ['--disable-warning=ExperimentalWarning', ...profiling];
  const child = fork(join(ROOT, file), {
    cwd: ROOT,
    execArgv: flags,
    // As npm start runs it.
    env: { ...process.env, NODE_ENV: 'production', UV_THREADPOOL_SIZE: '16', ...environment(directory) },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    if (child.connected) child.send('stop', () => undefined);
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(timer);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    return { url: await readUrl(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
      const url = / ready at (http:\S+)/.exec(text)?.[1];
      if (url) resolve(url);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`The server ended before it was ready. ${text}`)));
  });
}
