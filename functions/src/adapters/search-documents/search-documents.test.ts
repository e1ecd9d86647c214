import { describe, it } from 'vitest';
import { searchContract } from '../../kernel/testing/contracts/search.ts';
import { createFirestoreDocuments } from '../documents-firestore/index.ts';
import { createDocumentSearch } from './index.ts';

if (process.env.FIRESTORE_EMULATOR_HOST) {
  const { Firestore } = await import('@google-cloud/firestore');
  const documents = createFirestoreDocuments(new Firestore({ projectId: 'mewayz-test' }));
  searchContract('documents', async () => createDocumentSearch({ documents }));
} else
  describe.skip('search: documents', () =>
    it('needs a server: set FIRESTORE_EMULATOR_HOST to run it', () => undefined));
