import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { StoreUnavailable } from '../../kernel/ports/documents.ts';
import { secretsContract } from '../../kernel/testing/contracts/secrets.ts';
import { createFolderSecrets } from './index.ts';

const root = await mkdtemp(path.join(tmpdir(), 'mewayz-secrets-'));
const directory = path.join(root, 'secrets');
afterAll(() => rm(root, { recursive: true, force: true }));

secretsContract('folder', async () => createFolderSecrets({ directory }));

it.skipIf(process.platform === 'win32')(
  'keeps keys to their owner and leaves nothing else behind',
  async () => {
    await createFolderSecrets({ directory }).key('first-key');
    expect((await stat(path.join(directory, 'first-key.key'))).mode & 0o777).toBe(0o600);
    expect((await readdir(directory)).every((name) => name.endsWith('.key'))).toBe(true);
  },
);

it('never replaces a damaged key, and refuses names that are paths', async () => {
  await createFolderSecrets({ directory }).key('damaged');
  await writeFile(path.join(directory, 'damaged.key'), 'short');
  await expect(createFolderSecrets({ directory }).key('damaged')).rejects.toThrow(StoreUnavailable);
  await expect(createFolderSecrets({ directory }).key('../outside')).rejects.toThrow(TypeError);
});
