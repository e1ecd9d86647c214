/**
 * Serves one contender over gRPC in a process of its own, which tells its port, then, whenever it is asked, the
 * processor time it has used (microseconds), until the parent disconnects:
 * `engine <folder>`, `peer` (the package `@firestore-emulator/server`) or `nothing`.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { FirestoreServer } from '@firestore-emulator/server';
import { serveFirestore } from '../door/server.ts';
import { openFirestoreEngine } from '../index.ts';
import { nothing } from './nothing.ts';
import { INDEXES } from './operations.ts';

interface Served {
  port: number;
  close(): unknown;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function servePeer(): Promise<Served> {
  const port = await freePort();
  const peer = new FirestoreServer();
  await peer.start(port);
  return { port, close: () => peer.stop() };
}

async function serveEngine(directory: string): Promise<Served> {
  const engine = openFirestoreEngine({ directory, indexes: INDEXES });
  const { port } = await engine.serve();
  return { port, close: () => engine.close() };
}

const [kind, directory = ''] = process.argv.slice(2);
const served =
  kind === 'peer'
    ? await servePeer()
    : kind === 'engine'
      ? await serveEngine(directory)
      : await serveFirestore(nothing);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.send?.(served.port);
await once(process, 'disconnect');
await served.close();
