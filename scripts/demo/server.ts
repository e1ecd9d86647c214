import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const START = fileURLToPath(new URL('../start.mjs', import.meta.url));

export interface DemoServer {
  url: string;
  /** Resolves when a server started here has ended; at once when it was running before. */
  ended: Promise<void>;
}

/** The server at `MEWAYZ_URL`, else one that runs here already, else a new one. */
export async function findServer(): Promise<DemoServer> {
  const given = process.env.MEWAYZ_URL;
  const url = given ?? `http://${process.env.HOST ?? '127.0.0.1'}:${process.env.PORT ?? '8080'}`;
  if (await answers(url)) return { url, ended: Promise.resolve() };
  if (given) throw new Error(`No Mewayz server answers at MEWAYZ_URL=${given}.`);
  return startServer();
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/api/health', url), { signal: AbortSignal.timeout(5_000) });
    return response.ok && 'checks' in ((await response.json()) as object);
  } catch {
    return false;
  }
}

/** Starts the server as `npm start` does, with its output among ours. It ends when this process ends. */
function startServer(): Promise<DemoServer> {
  const child = fork(START, { stdio: ['inherit', 'pipe', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (part: Buffer) => {
      process.stdout.write(part);
      const url = / ready at (http\S+)/.exec(String(part))?.[1];
      if (url) resolve({ url, ended });
    });
    child.once('exit', (code) => reject(new Error(`The server ended with code ${code}.`)));
  });
}
