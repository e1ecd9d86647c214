import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import { notFound, Problem } from '../../kernel/errors.ts';
import { fileKeySegments } from '../../kernel/file-keys.ts';
import { once } from '../../kernel/once.ts';
import { StoreUnavailable } from '../../kernel/ports/documents.ts';
import type { Files } from '../../kernel/ports/files.ts';

/**
 * Blobs in a Cloud Storage bucket, or in an emulator where `STORAGE_EMULATOR_HOST` names one. An upload becomes an
 * object when it is complete, never before.
 */
export function createStorageFiles(options: { bucket: string; projectId?: string }): Files {
  const { get: bucket } = once(async (): Promise<Bucket> => {
    const { Storage } = await import('@google-cloud/storage');
    return new Storage(options.projectId ? { projectId: options.projectId } : {}).bucket(options.bucket);
  });
  const fileOf = async (key: string) => (await bucket()).file(fileKeySegments(key).join('/'));
  return {
    write: async (key, content, { maxBytes = Number.POSITIVE_INFINITY, contentType } = {}) => {
      const file = await fileOf(key);
      let bytes = 0;
      async function* counted(): AsyncGenerator<Buffer> {
        for await (const chunk of content) {
          bytes += (chunk as Buffer).length;
          if (bytes > maxBytes) throw new Problem('too_large', `Send at most ${maxBytes} bytes.`);
          yield chunk as Buffer;
        }
      }
      const upload = file.createWriteStream({
        ...(contentType ? { contentType } : {}),
        validation: 'crc32c',
      });
      await pipeline(counted, upload).catch((error: unknown) => {
        throw codeOf(error) === undefined
          ? error
          : new StoreUnavailable('the file store refused', { cause: error });
      });
      return { bytes };
    },
    read: async (key, { start = 0 } = {}) => {
      const file = await fileOf(key);
      // Asked first: a stream would tell only later, when the answer has begun.
      const [exists] = await file.exists();
      if (!exists) throw notFound('The file');
      return file.createReadStream(start > 0 ? { start } : {});
    },
    local: async (key) => {
      const file = await fileOf(key);
      const [exists] = await file.exists();
      if (!exists) throw notFound('The file');
      const folder = await mkdtemp(path.join(tmpdir(), 'mewayz-file-'));
      const copy = path.join(folder, 'file');
      await file.download({ destination: copy });
      return { path: copy, release: () => rm(folder, { recursive: true, force: true }) };
    },
    exists: async (key) => (await (await fileOf(key)).exists())[0],
    delete: async (key) => {
      await (await fileOf(key)).delete({ ignoreNotFound: true });
    },
    check: async () => {
      const [exists] = await (await bucket()).exists();
      if (!exists) throw new StoreUnavailable(`there is no bucket ${options.bucket}`);
    },
  };
}

const codeOf = (error: unknown): unknown =>
  error instanceof Problem ? undefined : (error as { code?: unknown }).code;
