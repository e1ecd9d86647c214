import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { openFirestoreEngine } from '@mewayz/emulators/firestore';
import { afterAll } from 'vitest';
import { searchContract } from '../../kernel/testing/contracts/search.ts';
import { createFirestoreDocuments } from '../documents-firestore/index.ts';
import { createDocumentSearch } from './index.ts';

// With FIRESTORE_EMULATOR_HOST the same suite runs over the network.
const directory = await mkdtemp(path.join(tmpdir(), 'mewayz-search-'));
const engine = openFirestoreEngine({
  directory,
  indexMode: 'production',
  indexes: { indexes: [], fieldOverrides: [] },
});
const client = new Firestore({ projectId: 'mewayz-test' });
const documents = createFirestoreDocuments(
  process.env.FIRESTORE_EMULATOR_HOST ? client : engine.attach(client),
);
afterAll(async () => {
  await engine.close();
  await rm(directory, { recursive: true, force: true });
});

searchContract('documents', async () => createDocumentSearch({ documents }));
