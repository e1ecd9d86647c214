import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Firestore } from '@google-cloud/firestore';
import { attachClient } from '../attach.ts';
import { openFirestoreEngine } from '../index.ts';
import { nothing } from './nothing.ts';
import { INDEXES } from './operations.ts';

/** A client of one contender. */
export interface Contender {
  firestore: Firestore;
  close(): Promise<void>;
}

export type ContenderName = 'peer' | 'gRPC' | 'in process' | 'gRPC, nothing' | 'in process, nothing';

/** Starts a file of this folder as a process that ends when it is disconnected. */
export function start(file: string, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: [] });
}

export async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

async function remote(...args: string[]): Promise<Contender> {
  const server = start('serve.ts', ...args);
  const [port] = (await once(server, 'message')) as [number];
  const firestore = new Firestore({ projectId: 'bench', host: `127.0.0.1:${port}`, ssl: false });
  return {
    firestore,
    async close() {
      await firestore.terminate();
      await stop(server);
    },
  };
}

function local(directory: string): Contender {
  const engine = openFirestoreEngine({ directory, indexes: INDEXES });
  return {
    firestore: engine.attach(new Firestore({ projectId: 'bench' })),
    close: () => engine.close(),
  };
}

/** Starts all contenders; the engine keeps its data in folders of `directory`. */
export async function openContenders(directory: string): Promise<Record<ContenderName, Contender>> {
  return {
    peer: await remote('peer'),
    gRPC: await remote('engine', join(directory, 'remote')),
    'in process': local(join(directory, 'local')),
    'gRPC, nothing': await remote('nothing'),
    'in process, nothing': {
      firestore: attachClient(nothing, new Firestore({ projectId: 'bench' })),
      close: async () => {},
    },
  };
}
