import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openBigQueryEngine } from '@mewayz/emulators/bigquery';
import { OAuth2Client } from 'google-auth-library';
import type { BigQueryPlace } from './connect.ts';

/** A BigQuery of one's own, on this machine. */
export interface LocalBigQuery {
  readonly place: BigQueryPlace;
  close(): Promise<void>;
}

export async function openLocalBigQuery(): Promise<LocalBigQuery> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mewayz-bigquery-'));
  const engine = await openBigQueryEngine({ directory });
  const { address } = await engine.serve({ port: 0 });
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'token', expiry_date: Date.now() + 3_600_000 });
  return {
    place: {
      projectId: 'shop',
      dataset: 'mewayz',
      client: { apiEndpoint: address, authClient: authClient as never },
    },
    close: async () => {
      await engine.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
