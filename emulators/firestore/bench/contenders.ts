import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Firestore } from '@google-cloud/firestore';
import { attachClient } from '../door/attach.ts';
import { openFirestoreEngine } from '../index.ts';
import { type Call, connectBare } from './bare-client.ts';
import { nothing } from './nothing.ts';
import { INDEXES } from './operations.ts';

/** The name of the database that everything is measured on. */
export const DATABASE = 'projects/bench/databases/(default)';

/** What is measured through Google's client. */
export interface Contender {
  firestore: Firestore;
  close(): Promise<void>;
}

/** A server in its own process, which a bare client reaches too. */
export interface Remote extends Contender {
  call: Call;
  /** Processor time that the server has used, in microseconds. */
  usedTime(): Promise<number>;
}

export type RemoteName = 'peer' | 'gRPC' | 'gRPC, nothing';
export type LocalName = 'in process' | 'in process, nothing';
export type Contenders = Record<RemoteName, Remote> & Record<LocalName, Contender>;

/** Starts a file of this folder as a process that ends when it is disconnected. */
export function start(file: string, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: [] });
}

export async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

async function answerOf(child: ChildProcess): Promise<number> {
  const [answer] = (await once(child, 'message')) as [number];
  return answer;
}

async function remote(...args: string[]): Promise<Remote> {
  const server = start('serve.ts', ...args);
  const port = await answerOf(server);
  const firestore = new Firestore({ projectId: 'bench', host: `127.0.0.1:${port}`, ssl: false });
  const bare = await connectBare(port);
  return {
    firestore,
    call: bare.call,
    usedTime() {
      server.send('time');
      return answerOf(server);
    },
    async close() {
      await firestore.terminate();
      await bare.close();
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
export async function openContenders(directory: string): Promise<Contenders> {
  return {
    peer: await remote('peer'),
    gRPC: await remote('engine', join(directory, 'remote')),
    'gRPC, nothing': await remote('nothing'),
    'in process': local(join(directory, 'local')),
    'in process, nothing': {
      firestore: attachClient(nothing, new Firestore({ projectId: 'bench' })),
      close: async () => {},
    },
  };
}
