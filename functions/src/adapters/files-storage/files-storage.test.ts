import { describe, it } from 'vitest';
import { filesContract } from '../../kernel/testing/contracts/files.ts';
import { createStorageFiles } from './index.ts';

const { STORAGE_EMULATOR_HOST, MEWAYZ_BUCKET } = process.env;

if (STORAGE_EMULATOR_HOST)
  filesContract('Cloud Storage', async () =>
    createStorageFiles({ bucket: MEWAYZ_BUCKET ?? 'mewayz-test', projectId: 'mewayz' }),
  );
else
  describe.skip('files: Cloud Storage', () =>
    it('needs a server: set STORAGE_EMULATOR_HOST (and MEWAYZ_BUCKET) to run it', () => undefined));
