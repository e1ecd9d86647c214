import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { StoreUnavailable } from '../../kernel/ports/documents.ts';
import type { Secrets } from '../../kernel/ports/secrets.ts';

const BYTES = 32;
const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * Keys as files that only their owner may read, made of 32 random bytes when first asked for. When several processes
 * ask at once they all get the key of the one that came first.
 */
export function createFolderSecrets(options: { directory: string }): Secrets {
  const known = new Map<string, Promise<Uint8Array>>();
  return {
    key: (name) => {
      if (!NAME.test(name)) return Promise.reject(new TypeError(`not the name of a secret: ${name}`));
      const asked = known.get(name) ?? readOrMake(options.directory, name);
      known.set(name, asked);
      // A failure is not remembered: the disk may be back the next time.
      asked.catch(() => known.delete(name));
      return asked;
    },
  };
}

async function readOrMake(directory: string, name: string): Promise<Uint8Array> {
  const target = path.join(directory, `${name}.key`);
  try {
    return (await read(target)) ?? (await make(directory, target));
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    throw new StoreUnavailable(`the key ${name} can be neither read nor made`, { cause: error });
  }
}

async function read(target: string): Promise<Uint8Array | undefined> {
  try {
    const key = await readFile(target);
    // A key that was cut short would lock out everybody's data silently if it were replaced.
    if (key.length !== BYTES)
      throw new StoreUnavailable(`${target} does not hold ${BYTES} bytes: restore it from the backup`);
    return new Uint8Array(key);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function make(directory: string, target: string): Promise<Uint8Array> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const unfinished = path.join(directory, `${randomBytes(8).toString('hex')}.unfinished`);
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(randomBytes(BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
    // A link, unlike a rename, never replaces the key another process made meanwhile.
    await link(unfinished, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { force: true });
  }
  const key = await read(target);
  if (!key) throw new StoreUnavailable(`${target} vanished`);
  return key;
}
