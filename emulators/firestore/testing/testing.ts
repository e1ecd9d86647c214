import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { readDescription } from '../door/protocol.ts';
import { type FirestoreEngine, type FirestoreEngineOptions, openFirestoreEngine } from '../index.ts';

// Google's client would look for a metadata server, which no test has.
process.env.METADATA_SERVER_DETECTION ??= 'none';

export type Door = 'in process' | 'gRPC';
export const DOORS: readonly Door[] = ['in process', 'gRPC'];

/** A client on a fresh engine in a temporary folder, for tests. */
export interface TestDatabase {
  engine: FirestoreEngine;
  firestore: Firestore;
  directory: string;
  /** Closes the engine and opens its folder again; `firestore` stays usable. */
  reopen(options?: Partial<FirestoreEngineOptions>): Promise<void>;
  dispose(): Promise<void>;
}

/** Opens an engine and a client that reaches it through one of its doors. */
export async function openTestDatabase(
  options: Partial<FirestoreEngineOptions> = {},
  door: Door = 'in process',
): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'firestore-engine-'));
  const engine = openFirestoreEngine({ directory, ...options });
  // Below the ports of outgoing connections, so that the same port is still free for `reopen`.
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const server = door === 'gRPC' ? await engine.serve({ port }) : undefined;
  const firestore = new Firestore({
    projectId: 'test',
    ...(server && { host: server.address, ssl: false }),
  });
  if (!server) engine.attach(firestore);
  const database: TestDatabase = {
    engine,
    firestore,
    directory,
    async reopen(more) {
      await database.engine.close();
      database.engine = openFirestoreEngine({ directory, ...options, ...more });
      if (server) await database.engine.serve({ port: server.port });
      else database.engine.attach(firestore);
    },
    async dispose() {
      if (server) await firestore.terminate();
      await database.engine.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return database;
}

/** The calls of the service, for a client of `@grpc/grpc-js`. */
export function loadServiceDefinition(): ServiceDefinition {
  const packages = fromJSON(readDescription(), { longs: String, enums: String, bytes: Buffer });
  return packages['google.firestore.v1.Firestore'] as ServiceDefinition;
}
