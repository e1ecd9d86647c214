/** `gs://` sources, from the local Cloud Storage of STORAGE_EMULATOR_HOST. */

import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { BigQueryError } from '@mewayz/googlesql';
import type { Jobs } from '../jobs/jobs.ts';

/** Fetches the objects into files. @throws BigQueryError by name where there is no storage, or no such object */
export async function storageFiles(jobs: Jobs, uris: readonly string[]): Promise<{ files: string[] }> {
  const host = process.env.STORAGE_EMULATOR_HOST;
  if (!host)
    throw new BigQueryError(
      'invalid',
      `Source ${uris[0]} is not supported: there is no local Cloud Storage (STORAGE_EMULATOR_HOST)`,
    );
  const base = /^https?:/.test(host) ? host : `http://${host}`;
  const files: string[] = [];
  for (const uri of uris) {
    const match = /^gs:\/\/([^/]+)\/(.+)$/.exec(uri);
    if (!match || uri.includes('*')) throw new BigQueryError('invalid', `Source URI ${uri} is not supported`);
    const [, bucket = '', name = ''] = match;
    const response = await fetch(
      `${base}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}?alt=media`,
    );
    if (!response.ok || !response.body) throw new BigQueryError('notFound', `Not found: URI ${uri}`);
    const file = join(jobs.database.uploads, randomUUID());
    await pipeline(Readable.fromWeb(response.body as ReadableStream), createWriteStream(file));
    files.push(file);
  }
  return { files };
}
