import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFirestoreEngine } from '@mewayz/emulators/firestore';
import { openPubSubEngine } from '@mewayz/emulators/pubsub';
import { initializeApp } from 'firebase-admin/app';
import { getFirestore } from 'firebase-admin/firestore';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { requireFolders, watchFolders } from './engine-folders.ts';
import type { Environment } from './environment.ts';
import { hostFunctions } from './host.ts';
import { openHostState } from './host-state.ts';
import { createMetrics } from './metrics.ts';
import { createPortal } from './portal.ts';
import { CHANGES_PATTERN, startRelay } from './relay.ts';
import { routesOf } from './rewrites.ts';
import { serve } from './serve.ts';
import { serveTasks } from './task-door.ts';

/** Requests and handlers in flight get this long to finish; the rest of the ten seconds is for the engines. */
const GRACE = 6_000;

export interface ServerOptions {
  environment: Environment;
  logger: Logger;
  /** The folder with functions/, web/ and firebase.json. */
  root: string;
  /** The data folder, which this process owns. */
  directory: string;
}

export interface RunningServer {
  url: string;
  /** Loads what the first visitor would otherwise wait for. */
  prepare(): Promise<void>;
  stop(): Promise<void>;
}

/** Opens the engines, hosts the functions and listens. When it resolves, requests are answered. */
export async function startServer({
  environment,
  logger,
  root,
  directory,
}: ServerOptions): Promise<RunningServer> {
  const projectId = environment.GOOGLE_CLOUD_PROJECT;
  const readJson = async (name: string) => JSON.parse(await readFile(join(root, name), 'utf8'));
  const [firebaseJson, indexes] = await Promise.all([
    readJson('firebase.json'),
    readJson('firestore.indexes.json'),
  ]);

  requireFolders(directory);
  const firestore = openFirestoreEngine({
    directory: join(directory, 'firestore'),
    indexes,
    indexMode: 'production',
    feed: [CHANGES_PATTERN],
  });
  const pubsub = openPubSubEngine({ directory: join(directory, 'pubsub') });
  const state = openHostState(join(directory, 'host'));
  const dataIsLost = watchFolders(directory, ['firestore', 'pubsub', 'host']);
  // The client's spans cost a tenth of a read and go nowhere here; an operator who collects them sets this to true.
  process.env.FIRESTORE_ENABLE_TRACING ??= 'false';
  // The functions use the default app's Firestore from their first import on, so it must be ours by then.
  initializeApp({ projectId });
  firestore.attach(getFirestore());
  const functions = await import('../../functions/src/index.ts');

  const host = hostFunctions(functions, {
    routes: routesOf(firebaseJson),
    logger,
    projectId,
    pubsub,
    documents: firestore.feed,
    state,
    // In the cloud a Firestore trigger feeds the topic; here the relay does.
    ignore: (name) => name === 'relay-changes',
    // A minute, the least a cloud schedule takes, is long for a retry that is due in five seconds.
    intervals: { 'jobs-run': 0.25 },
  });
  const relay = startRelay(firestore.feed, pubsub, logger);
  const metrics = createMetrics(pubsub, relay, environment.MEWAYZ_METRICS_TOKEN);
  const portal = createPortal(join(root, 'web'), logger);
  const app = createApp({
    host,
    metrics,
    portal,
    logger,
    dataIsLost,
    trustProxy: environment.MEWAYZ_TRUST_PROXY,
  });
  const tasks = host.tasks.size > 0 ? await serveTasks(host.tasks) : undefined;
  if (tasks) process.env.CLOUD_TASKS_EMULATOR_HOST = tasks.host;
  const http = await serve(app, environment.PORT, environment.HOST);
  host.start();

  return {
    url: http.url,
    async prepare() {
      // The first call composes the platform.
      await fetch(`${http.url}/api/health`).then((response) => response.arrayBuffer());
      await portal.prepare();
    },
    async stop() {
      await Promise.all([http.stop(GRACE), host.stop(GRACE)]);
      // What the last requests wrote is in the topic before its engine closes.
      await relay.stop();
      await functions.close();
      await tasks?.close();
      state.close();
      pubsub.close();
      await firestore.close();
    },
  };
}
