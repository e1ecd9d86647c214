import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { notFound, Problem } from '../../kernel/errors.ts';
import { fileKeySegments } from '../../kernel/file-keys.ts';
import { once } from '../../kernel/once.ts';
import { StoreUnavailable } from '../../kernel/ports/documents.ts';
import type { Files } from '../../kernel/ports/files.ts';

/**
 * Blobs as files below one folder. A blob is written beside its place, flushed to the disk and then renamed, so it is
 * there whole or not at all, also after `kill -9`. A full or vanished disk is `StoreUnavailable`, and nothing is stored.
 */
export function createFolderFiles(options: { directory: string }): Files {
  const root = path.resolve(options.directory);
  const pathOf = (key: string): string => path.join(root, ...fileKeySegments(key));
  // Outside the keys' alphabet, so that no key can name it.
  const unfinished = path.join(root, '~unfinished');
  const cleaned = once(() => removeAbandoned(unfinished));
  const temporary = async (): Promise<string> => {
    await mkdir(unfinished, { recursive: true });
    await cleaned.get();
    return path.join(unfinished, randomBytes(12).toString('hex'));
  };
  return {
    write: async (key, content, { maxBytes = Number.POSITIVE_INFINITY } = {}) => {
      const target = pathOf(key);
      const piece = await loud(temporary());
      try {
        const bytes = await copy(content, piece, maxBytes);
        await loud(put(piece, target));
        return { bytes };
      } finally {
        content.destroy();
        await rm(piece, { force: true });
      }
    },
    read: async (key, { start = 0 } = {}) => {
      const source = pathOf(key);
      const file = await open(source, 'r').catch((error: unknown) => {
        throw isMissing(error) ? notFound('The file') : error;
      });
      return createReadStream(source, { fd: file, start, highWaterMark: 256 * 1024 });
    },
    local: async (key) => {
      const source = pathOf(key);
      await stat(source).catch((error: unknown) => {
        throw isMissing(error) ? notFound('The file') : error;
      });
      return { path: source, release: async () => {} };
    },
    exists: async (key) => {
      const source = pathOf(key);
      try {
        return (await stat(source)).isFile();
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    delete: (key) => loud(rm(pathOf(key), { force: true })),
    check: async () => {
      const probe = await loud(temporary());
      try {
        await loud(writeDurably(probe, Buffer.from('ok')));
      } finally {
        await rm(probe, { force: true });
      }
    },
  };
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String((error as NodeJS.ErrnoException).code));

/** After this long nobody writes to an unfinished file any more: its process died. */
const ABANDONED_MS = 24 * 3_600_000;

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

/** Every failure to store is loud and of one kind; the cause says what the system said. */
async function loud<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new StoreUnavailable(`the file store refused: ${String((error as NodeJS.ErrnoException).code)}`, {
      cause: error,
    });
  }
}

async function copy(content: Readable, target: string, maxBytes: number): Promise<number> {
  const file = await loud(open(target, 'wx', 0o600));
  try {
    let bytes = 0;
    for await (const chunk of content) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw new Problem('too_large', `Send at most ${maxBytes} bytes.`);
      await loud(file.writeFile(chunk as Buffer));
    }
    await loud(file.sync());
    return bytes;
  } finally {
    await file.close();
  }
}

async function writeDurably(target: string, content: Buffer): Promise<void> {
  const file = await open(target, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function put(piece: string, target: string): Promise<void> {
  const folder = path.dirname(target);
  await mkdir(folder, { recursive: true });
  await rename(piece, target);
  await syncFolder(folder);
}

/** Makes the rename itself survive a power cut. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } finally {
    await handle?.close();
  }
}
