/** The BigQuery engine: datasets, tables, rows and jobs in one DuckDB file, in this process. */

import { Jobs } from './jobs/jobs.ts';
import { DEFAULT_LIMITS, type QueryLimits } from './jobs/limits.ts';
import { datasetRoutes } from './rest/datasets.ts';
import { jobRoutes } from './rest/jobs.ts';
import { type BigQueryServer, type BigQueryServerOptions, serve } from './rest/server.ts';
import { tableRoutes } from './rest/tables.ts';
import { uploadRoutes } from './rest/upload.ts';
import { InsertIds } from './rows/insert-all.ts';
import { Catalog } from './store/catalog.ts';
import { type DatabaseOptions, openDatabase } from './store/database.ts';
import { sweep } from './store/operations.ts';

export interface BigQueryEngineOptions extends DatabaseOptions {
  /** What one query may cost; see `QueryLimits` for what holds when nothing is said. */
  readonly limits?: Partial<QueryLimits>;
}

export interface BigQueryEngine {
  /** Lets Google's clients in over HTTP. There is no authentication: keep it local. */
  serve(options?: BigQueryServerOptions): Promise<BigQueryServer>;
  /** Cancels what runs, writes what waits and lets go of the folder. */
  close(): Promise<void>;
}

const SWEEP_MS = 60_000;

/** Opens the engine on a folder. @throws BigQueryError backendError when another process holds the folder. */
export async function openBigQueryEngine(options: BigQueryEngineOptions): Promise<BigQueryEngine> {
  const database = await openDatabase(options);
  const catalog = new Catalog(database);
  const ids = new InsertIds();
  const jobs = new Jobs(database, catalog, { ...DEFAULT_LIMITS, ...options.limits });
  await catalog.load();
  await ids.load(database);
  await jobs.load();
  const sweeping = setInterval(() => void sweep(catalog).catch(() => undefined), SWEEP_MS);
  sweeping.unref();
  const routes = { ...datasetRoutes(catalog), ...tableRoutes(jobs, ids), ...jobRoutes(jobs) };
  const uploads = uploadRoutes(jobs);
  const servers = new Set<BigQueryServer>();
  return {
    serve: async (serverOptions) => {
      const server = await serve(routes, uploads, serverOptions);
      servers.add(server);
      return server;
    },
    close: async () => {
      clearInterval(sweeping);
      await Promise.all([...servers].map((server) => server.close()));
      await jobs.close();
      await database.close();
    },
  };
}
