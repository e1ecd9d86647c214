import path from 'node:path';
import { z } from 'zod';
import type { App, Ports } from '../kernel/context.ts';
import { createIdSource } from '../kernel/ids.ts';
import { systemClock } from '../kernel/ports/clock.ts';
import type { Log } from '../kernel/ports/log.ts';
import type { Registry } from '../kernel/registry.ts';
import { createLimiter } from '../kernel/requests/limits.ts';

/** The environment, read once. Adapters are loaded lazily, so that importing the functions loads no vendor SDK. */
const environment = z.object({
  MEWAYZ_MODE: z.enum(['selfhost', 'emulators', 'cloud']).default('selfhost'),
  MEWAYZ_DATA_DIR: z.string().default('.data'),
  MEWAYZ_PUBLIC_URL: z.url().optional(),
  PORT: z.coerce.number().int().default(8080),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  GOOGLE_CLOUD_PROJECT: z.string().default('mewayz'),
  MEWAYZ_BUCKET: z.string().optional(),
  MEWAYZ_DATASET: z.string().default('mewayz'),
  /** Networks and hosts of one's own that webhooks and sources may call: `10.1.0.0/16, erp.internal, *.corp.example`. */
  MEWAYZ_OUTBOUND_ALLOW: z.string().default(''),
  MEWAYZ_AI_VERTEX_LOCATION: z.string().optional(),
  MEWAYZ_AI_VERTEX_MODEL: z.string().default('gemini-2.5-flash'),
  MEWAYZ_AI_URL: z.url().optional(),
  MEWAYZ_AI_MODEL: z.string().default('llama3.1'),
  MEWAYZ_AI_KEY: z.string().optional(),
});
export type Environment = z.output<typeof environment>;

export const VERSION = '0.1.0';

/** A running platform, and how to end it. */
export interface RunningApp extends App {
  close(): Promise<void>;
}

/** Environment → ports. Throws when a variable is wrong, naming it. */
export async function compose(
  registry: Registry,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<RunningApp> {
  const env = environment.parse(variables);
  const log = await createLog(env);
  const local = env.MEWAYZ_MODE !== 'cloud';
  const documents = await createDocuments(env);
  const bigquery = { projectId: env.GOOGLE_CLOUD_PROJECT, dataset: env.MEWAYZ_DATASET };
  const warehouse = local
    ? (await import('./warehouse-duckdb/index.ts')).openDuckDbWarehouse({
        directory: path.join(env.MEWAYZ_DATA_DIR, 'warehouse'),
      })
    : (await import('./warehouse-bigquery/index.ts')).createBigQueryWarehouse(bigquery);
  const search = local
    ? (await import('./search-sqlite/index.ts')).openSqliteSearch({
        directory: path.join(env.MEWAYZ_DATA_DIR, 'search'),
      })
    : (await import('./search-documents/index.ts')).createDocumentSearch({ documents });
  const ports: Ports = {
    documents,
    warehouse,
    datasets: local
      ? (await import('./datasets-duckdb/index.ts')).createDuckDbDatasets({
          directory: path.join(env.MEWAYZ_DATA_DIR, 'warehouse'),
        })
      : (await import('./datasets-bigquery/index.ts')).createBigQueryDatasets(bigquery),
    search,
    files: await createFiles(env, local),
    ai: await createAi(env),
    secrets: local
      ? (await import('./secrets-folder/index.ts')).createFolderSecrets({
          directory: path.join(env.MEWAYZ_DATA_DIR, 'secrets'),
        })
      : (await import('./secrets-environment/index.ts')).createEnvironmentSecrets(variables),
    bus: await createBus(env, local),
    http: (await import('./http-guarded/index.ts')).createGuardedHttp({ allow: env.MEWAYZ_OUTBOUND_ALLOW }),
    databases: (await import('./databases-guarded/index.ts')).createGuardedDatabases({
      allow: env.MEWAYZ_OUTBOUND_ALLOW,
    }),
    clock: systemClock,
    log,
  };
  const settings = { version: VERSION, publicUrl: env.MEWAYZ_PUBLIC_URL ?? `http://127.0.0.1:${env.PORT}` };
  return {
    registry,
    ports,
    ids: createIdSource(),
    limiter: createLimiter(),
    settings,
    close: () => warehouse.close(),
  };
}

async function createDocuments(env: Environment): Promise<Ports['documents']> {
  const { getApps, initializeApp } = await import('firebase-admin/app');
  const { getFirestore } = await import('firebase-admin/firestore');
  const app = getApps()[0] ?? initializeApp({ projectId: env.GOOGLE_CLOUD_PROJECT });
  return (await import('./documents-firestore/index.ts')).createFirestoreDocuments(getFirestore(app));
}

async function createFiles(env: Environment, local: boolean): Promise<Ports['files']> {
  if (local)
    return (await import('./files-folder/index.ts')).createFolderFiles({
      directory: path.join(env.MEWAYZ_DATA_DIR, 'files'),
    });
  return (await import('./files-storage/index.ts')).createStorageFiles({
    bucket: env.MEWAYZ_BUCKET ?? `${env.GOOGLE_CLOUD_PROJECT}.appspot.com`,
  });
}

async function createAi(env: Environment): Promise<Ports['ai']> {
  if (env.MEWAYZ_AI_VERTEX_LOCATION)
    return (await import('./ai-vertex/index.ts')).createVertexAi({
      project: env.GOOGLE_CLOUD_PROJECT,
      location: env.MEWAYZ_AI_VERTEX_LOCATION,
      model: env.MEWAYZ_AI_VERTEX_MODEL,
    });
  if (env.MEWAYZ_AI_URL)
    return (await import('./ai-openai-compatible/index.ts')).createOpenAiCompatible({
      baseUrl: env.MEWAYZ_AI_URL,
      model: env.MEWAYZ_AI_MODEL,
      apiKey: env.MEWAYZ_AI_KEY,
    });
  return (await import('./ai-offline/index.ts')).createOfflineAi();
}

async function createBus(env: Environment, local: boolean): Promise<Ports['bus']> {
  // On one server the host relays from the engine's own log, so the platform itself publishes nothing.
  if (local) return { publish: async () => {} };
  const { PubSub } = await import('@google-cloud/pubsub');
  return (await import('./bus-pubsub/index.ts')).createPubSubBus(
    new PubSub({ projectId: env.GOOGLE_CLOUD_PROJECT }),
  );
}

async function createLog(env: Environment): Promise<Log> {
  const { pino } = await import('pino');
  const logger = pino({
    level: env.LOG_LEVEL,
    base: undefined,
    redact: ['authorization', 'password', 'token', '*.password', '*.token', '*.secret'],
  });
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
