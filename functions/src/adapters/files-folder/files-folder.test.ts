import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
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

it('clears away what a dead process left unfinished', async () => {
  const folder = path.join(directory, 'restarted', '~unfinished');
  await mkdir(folder, { recursive: true });
  for (const name of ['old', 'new']) await writeFile(path.join(folder, name), 'half');
  await utimes(path.join(folder, 'old'), new Date('2020-01-01'), new Date('2020-01-01'));
  await createFolderFiles({ directory: path.join(directory, 'restarted') }).check();
  expect(await readdir(folder)).toEqual(['new']);
});
