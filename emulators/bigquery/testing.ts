/** For tests: an engine in a temporary folder, and Google's client connected to it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BigQuery, BigQueryOptions } from '@google-cloud/bigquery';
import { type BigQueryEngine, type BigQueryEngineOptions, openBigQueryEngine } from './index.ts';

export interface TestCloud {
  readonly directory: string;
  readonly engine: BigQueryEngine;
  readonly address: string;
  readonly client: BigQuery;
  /** The client with credentials, without which it cannot upload: it then has no headers to add the content type to. */
  readonly uploader: BigQuery;
  close(): Promise<void>;
}

/** Without credentials the client would ask Google's metadata server for some. */
export function connectTo(address: string, options: BigQueryOptions = {}): Promise<BigQuery> {
  process.env.BIGQUERY_EMULATOR_HOST = address;
  process.env.METADATA_SERVER_DETECTION = 'none';
  return import('@google-cloud/bigquery').then(
    ({ BigQuery }) => new BigQuery({ projectId: 'p', ...options }),
  );
}

export async function startTestCloud(options: Partial<BigQueryEngineOptions> = {}): Promise<TestCloud> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'bigquery-'));
  const engine = await openBigQueryEngine({ ...options, directory });
  const { address } = await engine.serve({ port: 0 });
  return {
    directory,
    engine,
    address,
    client: await connectTo(address),
    uploader: await connectTo(address, {
      authClient: { getRequestHeaders: async () => new Headers() } as never,
    }),
    close: async () => {
      await engine.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
