import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Firestore, GeoPoint, Timestamp } from '@google-cloud/firestore';
import { type FirestoreEngine, openFirestoreEngine } from '@mewayz/emulators/firestore';
import { openPubSubEngine, type PubSubEngine } from '@mewayz/emulators/pubsub';
import { initializeApp } from 'firebase-admin/app';
import {
  onDocumentCreated,
  onDocumentDeleted,
  onDocumentUpdated,
  onDocumentWritten,
  onDocumentWrittenWithAuthContext,
} from 'firebase-functions/v2/firestore';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FunctionHost, hostFunctions, UnsupportedTriggerError } from './host.ts';

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

let directory: string;
let engine: FirestoreEngine;
let pubsub: PubSubEngine;
let firestore: Firestore;
let host: FunctionHost | undefined;

// The functions SDK makes its snapshots with the default app.
initializeApp({ projectId: 'mewayz' });

function openEngines(): void {
  engine = openFirestoreEngine({ directory: join(directory, 'firestore'), indexMode: 'automatic' });
  pubsub = openPubSubEngine({ directory: join(directory, 'pubsub') });
  firestore = engine.attach(new Firestore({ projectId: 'mewayz' }));
}

async function close(): Promise<void> {
  await host?.stop(50);
  host = undefined;
  pubsub.close();
  await engine.close();
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'documents-'));
  openEngines();
});

afterEach(async () => {
  await close();
  rmSync(directory, { recursive: true, force: true });
});

function open(exports: object): FunctionHost {
  host = hostFunctions(exports, {
    routes: () => undefined,
    logger,
    projectId: 'mewayz',
    pubsub,
    documents: engine.feed,
    delivery: { minimumBackoffSeconds: 0.01, maximumBackoffSeconds: 0.02 },
  });
  return host;
}

it('calls each function for what it listens to, with snapshots as in the cloud', async () => {
  const seen: unknown[] = [];
  const created = onDocumentCreated('users/{user}', (event) => {
    seen.push(['created', event.params, event.data?.data(), event.data?.ref.path]);
  });
  const updated = onDocumentUpdated('users/{user}', (event) => {
    seen.push(['updated', event.data?.before.data(), event.data?.after.data()]);
  });
  const deleted = onDocumentDeleted('users/{user}', (event) => {
    seen.push(['deleted', event.document, event.data?.data()]);
  });
  const written = onDocumentWrittenWithAuthContext('users/{user}/{rest=**}', (event) => {
    seen.push(['written', event.params, event.data?.before.exists, event.data?.after.data(), event.authType]);
  });
  open({ created, updated, deleted, nested: { written } }).start();
  const data = {
    name: 'Ädä',
    at: new Timestamp(5, 7_000),
    place: new GeoPoint(1, 2),
    bytes: Buffer.of(1, 2),
    deep: { list: [1, 2.5, null, true] },
    big: 2 ** 60,
  };
  const ref = firestore.doc('users/a');
  await ref.set(data);
  await ref.update({ name: 'Bea' });
  await ref.delete();
  await firestore.doc('users/a/posts/1').set({ n: 1 });
  await firestore.doc('elsewhere/1').set({ n: 1 });
  await eventually(() => seen.length).toBe(4);
  expect(seen).toContainEqual(['created', { user: 'a' }, data, 'users/a']);
  expect(seen).toContainEqual(['updated', data, { ...data, name: 'Bea' }]);
  expect(seen).toContainEqual(['deleted', 'users/a', { ...data, name: 'Bea' }]);
  expect(seen).toContainEqual(['written', { user: 'a', rest: 'posts/1' }, false, { n: 1 }, 'unknown']);
});

it('names the event, its document and the time of the commit', async () => {
  const seen: object[] = [];
  open({ any: onDocumentWritten('users/a', (event) => void seen.push(event)) }).start();
  const { writeTime } = await firestore.doc('users/a').set({ n: 1 });
  await eventually(() => seen.length).toBe(1);
  expect(seen[0]).toMatchObject({
    type: 'google.cloud.firestore.document.v1.written',
    source: '//firestore.googleapis.com/projects/mewayz/databases/(default)',
    subject: 'documents/users/a',
    document: 'users/a',
    project: 'mewayz',
    time: `${new Date(writeTime.seconds * 1_000).toISOString().slice(0, 19)}.${String(writeTime.nanoseconds / 1_000).padStart(6, '0')}Z`,
  });
});

it('keeps the order of each document over failures, while other documents go on', async () => {
  const seen = new Map<string, number[]>();
  let failures = 0;
  let most = 0;
  let running = 0;
  const written = onDocumentWritten({ document: 'counters/{id}', retry: true }, async (event) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
    const n: number = event.data?.after.get('n');
    if ((n + failures) % 5 === 0 && failures < 40) {
      failures += 1;
      throw new Error('again');
    }
    const own = seen.get(event.params.id) ?? [];
    seen.set(event.params.id, [...own, n]);
  });
  open({ written }).start();
  const ids = Array.from({ length: 12 }, (_, index) => `c${index}`);
  for (let n = 1; n <= 6; n += 1)
    await Promise.all(ids.map((id) => firestore.doc(`counters/${id}`).set({ n })));
  await eventually(() => [...seen.values()].flat().length).toBe(72);
  expect(failures).toBeGreaterThan(0);
  for (const id of ids) expect(seen.get(id)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
});

it('delivers what was written while no function ran, and what a crash left unhandled', async () => {
  const seen: string[] = [];
  const options = { document: 'users/{user}', retry: true };
  const hang = onDocumentCreated(options, (event) => {
    seen.push(`begun ${event.params.user}`);
    return new Promise(() => undefined);
  });
  open({ created: hang }).start();
  await firestore.doc('users/a').set({});
  await eventually(() => seen).toEqual(['begun a']);
  await close();
  openEngines();
  await firestore.doc('users/b').set({});
  open({ created: onDocumentCreated(options, (event) => void seen.push(event.params.user ?? '')) });
  await firestore.doc('users/c').set({});
  host?.start();
  await eventually(() => seen.toSorted()).toEqual(['a', 'b', 'begun a', 'c']);
});

it('refuses documents of a database that is not here', () => {
  const other = onDocumentCreated({ document: 'users/{user}', database: 'other' }, () => undefined);
  expect(() => open({ other })).toThrow(UnsupportedTriggerError);
});
