import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { StoreUnavailable } from '../../kernel/ports/documents.ts';
import { filesContract } from '../../kernel/testing/contracts/files.ts';
import { createFolderFiles } from './index.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'mewayz-files-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

filesContract('folder', async () => createFolderFiles({ directory }));

it('leaves no unfinished file behind', async () => {
  expect(await readdir(path.join(directory, '~unfinished'))).toEqual([]);
});

it('fails loudly when the folder cannot be written', async () => {
  const blocked = path.join(directory, 'blocked');
  await writeFile(blocked, 'a file where the folder should be');
  const files = createFolderFiles({ directory: blocked });
  await expect(files.check()).rejects.toThrow(StoreUnavailable);
  await expect(files.write('a/b', Readable.from([Buffer.from('x')]))).rejects.toThrow(StoreUnavailable);
});
