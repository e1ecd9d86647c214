import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { type FirestoreEngine, type FirestoreEngineOptions, openFirestoreEngine } from './index.ts';

/** A client on a fresh engine in a temporary folder, for tests. */
export interface TestDatabase {
  engine: FirestoreEngine;
  firestore: Firestore;
  directory: string;
  /** Closes the engine and opens its folder again; `firestore` stays usable. */
  reopen(options?: Partial<FirestoreEngineOptions>): void;
  dispose(): Promise<void>;
}

export async function openTestDatabase(options: Partial<FirestoreEngineOptions> = {}): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'firestore-engine-'));
  const firestore = new Firestore({ projectId: 'test' });
  const open = (more: Partial<FirestoreEngineOptions> = {}) => {
    const engine = openFirestoreEngine({ directory, ...options, ...more });
    engine.attach(firestore);
    return engine;
  };
  const database: TestDatabase = {
    engine: open(),
    firestore,
    directory,
    reopen(more) {
      void database.engine.close();
      database.engine = open(more);
    },
    async dispose() {
      await database.engine.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return database;
}
