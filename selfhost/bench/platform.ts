import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openFirestoreEngine } from '@mewayz/emulators/firestore';
import { openPubSubEngine } from '@mewayz/emulators/pubsub';
import express from 'express';
import { initializeApp } from 'firebase-admin/app';
import { type Firestore, getFirestore } from 'firebase-admin/firestore';
import { hostFunctions } from '../src/host.ts';
import { openHostState } from '../src/host-state.ts';
import { CHANGES_PATTERN, type Relay, startRelay } from '../src/relay.ts';
import { routesOf } from '../src/rewrites.ts';

const ROOT = new URL('../../', import.meta.url);
const readJson = (name: string) => JSON.parse(readFileSync(new URL(name, ROOT), 'utf8'));

/** The platform as the server assembles it, except that its relay and its subscribers wait until they are started. */
export interface BenchPlatform {
  firestore: Firestore;
  /** Makes an organisation with an outgoing webhook, and returns its id. */
  addTenant(name: string): Promise<string>;
  /** Makes an organisation, and calls the API as its owner. */
  signUp(name: string): Promise<BenchClient>;
  /** From now on what is in the change log reaches the subscribers. */
  start(): void;
  /** Resolves when every subscriber has handled everything that is in the change log. */
  caughtUp(): Promise<void>;
  /** Names of what listens to the changes. */
  subscribers: string[];
  stop(): Promise<void>;
}

export interface BenchClient {
  tenantId: string;
  /** Sends GET, or POST with a body; throws unless it is answered with 2xx. */
  call(path: string, body?: object): Promise<unknown>;
}

export async function openPlatform(directory: string): Promise<BenchPlatform> {
  Object.assign(process.env, {
    MEWAYZ_DATA_DIR: directory,
    GOOGLE_CLOUD_PROJECT: 'mewayz',
    FIRESTORE_ENABLE_TRACING: 'false',
    LOG_LEVEL: 'error',
  });
  const engine = openFirestoreEngine({
    directory: join(directory, 'firestore'),
    indexes: readJson('firestore.indexes.json'),
    feed: [CHANGES_PATTERN],
  });
  const pubsub = openPubSubEngine({ directory: join(directory, 'pubsub') });
  const state = openHostState(join(directory, 'host'));
  initializeApp({ projectId: 'mewayz' });
  const firestore = engine.attach(getFirestore());
  const functions = await import(fileURLToPath(new URL('functions/src/index.ts', ROOT)));
  const logger = { info: () => undefined, warn: () => undefined, error: console.error };
  const host = hostFunctions(functions, {
    routes: routesOf(readJson('firebase.json')),
    logger,
    projectId: 'mewayz',
    pubsub,
    state,
    ignore: (name) => name === 'relay-changes',
    schedules: false,
  });
  const http = createServer(express().use(host.handle)).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  let relay: Relay | undefined;

  return {
    firestore,
    subscribers: pubsub.subscriptions().flatMap(({ name, topic }) => (topic === 'changes' ? [name] : [])),
    addTenant: (name) => addTenant(url, name),
    signUp: (name) => signUp(url, name),
    start() {
      relay = startRelay(engine.feed, pubsub, logger);
      host.start();
    },
    async caughtUp() {
      const isBehind = () =>
        (relay?.lagSeconds() ?? 1) > 0 ||
        Object.values(pubsub.statistics().subscriptions).some(({ backlog }) => backlog > 0);
      while (isBehind()) await sleep(20);
    },
    async stop() {
      http.close();
      http.closeAllConnections();
      await host.stop(5_000);
      await relay?.stop();
      await functions.close();
      state.close();
      pubsub.close();
      await engine.close();
    },
  };
}

async function addTenant(url: string, name: string): Promise<string> {
  const { tenantId, call } = await signUp(url, name);
  // It looks at every update, and none changes what it waits for.
  await call('/api/webhooks/endpoints/create', {
    url: 'https://receiver.example/hooks',
    events: ['crm.contacts.updated'],
    changedFields: ['email'],
  });
  return tenantId;
}

async function signUp(url: string, name: string): Promise<BenchClient> {
  let token: string | undefined;
  const call = async (path: string, body?: object): Promise<unknown> => {
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const request = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
    const response = await fetch(url + path, request);
    const answer: unknown = await response.json();
    if (response.status === 401 && token) {
      // It was signed in so long ago that its token is no longer good.
      token = undefined;
      ({ accessToken: token } = (await call('/api/auth/login', { email, password })) as {
        accessToken: string;
      });
      return call(path, body);
    }
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const [email, password] = [`${name}@example.test`, 'a long passphrase'];
  const person = { email, password, name, organization: name };
  const answer = await call('/api/auth/register', person);
  const { accessToken, tenant } = answer as { accessToken: string; tenant: { id: string } };
  token = accessToken;
  return { tenantId: tenant.id, call };
}
