import type { BigQuery, BigQueryOptions } from '@google-cloud/bigquery';

/** A dataset of BigQuery, and how to reach it. */
export interface BigQueryPlace {
  readonly projectId: string;
  /** Created when it does not exist. */
  readonly dataset: string;
  /** Where a new dataset lives; `EU` by default. */
  readonly location?: string;
  /** Another endpoint or other credentials than the environment's. */
  readonly client?: Pick<BigQueryOptions, 'apiEndpoint' | 'authClient'>;
}

/** Google's client, loaded now, with the dataset made. */
export async function connect({
  projectId,
  dataset,
  location = 'EU',
  client,
}: BigQueryPlace): Promise<BigQuery> {
  const { BigQuery } = await import('@google-cloud/bigquery');
  const bigquery = new BigQuery({ projectId, ...client });
  const [exists] = await bigquery.dataset(dataset).exists();
  if (!exists) await bigquery.createDataset(dataset, { location }).catch(unlessExists);
  return bigquery;
}

/** Two instances may start at once; the second finds the dataset made. */
const unlessExists = (error: unknown): void => {
  if ((error as { code?: unknown }).code !== 409) throw error;
};
