import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openPubSubEngine, type PubSubEngine } from '@mewayz/emulators/pubsub';
import express from 'express';
import { onDocumentCreated } from 'firebase-functions/v2/firestore';
import { onCall, onRequest } from 'firebase-functions/v2/https';
import { onMessagePublished } from 'firebase-functions/v2/pubsub';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FunctionHost, type HostOptions, hostFunctions } from './host.ts';
import { routesOf } from './rewrites.ts';

/** Waits for a value that comes when it comes, also on a busy machine. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

interface Line {
  level: string;
  fields: object;
  message: string;
}

let directory: string;
let pubsub: PubSubEngine;
let server: Server | undefined;
let host: FunctionHost | undefined;
let lines: Line[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'host-'));
  pubsub = openPubSubEngine({ directory });
  lines = [];
});

afterEach(async () => {
  await host?.stop(5_000);
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  host = undefined;
  server = undefined;
  pubsub.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(exports: object, options: Partial<HostOptions> = {}): FunctionHost {
  const log = (level: string) => (fields: object, message: string) => lines.push({ level, fields, message });
  host = hostFunctions(exports, {
    routes: () => undefined,
    logger: { info: log('info'), warn: log('warn'), error: log('error') },
    projectId: 'mewayz',
    pubsub,
    delivery: { minimumBackoffSeconds: 0.01, maximumBackoffSeconds: 0.02, maxDeliveryAttempts: 3 },
    ...options,
  });
  return host;
}

async function listen(exports: object, sources: Record<string, string>): Promise<string> {
  const rewrites = Object.entries(sources).map(([source, functionId]) => ({
    source,
    function: { functionId },
  }));
  const opened = open(exports, { routes: routesOf({ hosting: { rewrites } }) });
  const app = express().use(opened.handle);
  server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('HTTP functions', () => {
  /** Answers with what it was given. */
  const echo = onRequest(async (request, response) => {
    let streamed = 0;
    if (!request.rawBody) for await (const chunk of request) streamed += chunk.length;
    const raw = request.rawBody?.toString('utf8').slice(0, 100);
    response.json({
      method: request.method,
      path: request.path,
      query: request.query,
      body: request.body,
      raw,
      streamed,
    });
  });

  async function post(type: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
    const url = await listen({ crm: { contacts: echo } }, { '/api/crm/contacts{,/**}': 'crm-contacts' });
    return fetch(`${url}/api/crm/contacts/x?a=1`, {
      method: 'POST',
      body,
      headers: { 'content-type': type, ...headers },
    });
  }

  it('finds nested exports by their joined name and gives them the whole path', async () => {
    const url = await listen(
      { crm: { contacts: echo, helper: () => 1 } },
      { '/api/crm/contacts{,/**}': 'crm-contacts' },
    );
    const response = await fetch(`${url}/api/crm/contacts/x?a=1`);
    expect(await response.json()).toMatchObject({
      method: 'GET',
      path: '/api/crm/contacts/x',
      query: { a: '1' },
    });
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
  });

  it.each([
    ['application/json; charset=utf-8', '{"a":[1]}', { body: { a: [1] }, raw: '{"a":[1]}' }],
    ['application/merge-patch+json', '{"a":null}', { body: { a: null } }],
    ['application/x-www-form-urlencoded', 'a=1&b=2', { body: { a: '1', b: '2' }, raw: 'a=1&b=2' }],
    ['text/plain', 'hello', { body: 'hello', raw: 'hello' }],
    ['application/json', '{"a":', { raw: '{"a":' }],
  ])('parses %s', async (type, body, expected) => {
    const answer = await (await post(type, body)).json();
    expect(answer).toMatchObject(expected);
    if (!('body' in expected)) expect(answer).not.toHaveProperty('body');
  });

  it('inflates compressed JSON', async () => {
    const response = await post('application/json', gzipSync('{"a":1}'), { 'content-encoding': 'gzip' });
    expect(await response.json()).toMatchObject({ body: { a: 1 } });
  });

  it.each([
    'text/csv',
    'application/x-ndjson',
    'application/octet-stream',
    'multipart/form-data; boundary=x',
    'application/gzip',
  ])('leaves %s as a stream of any size', async (type) => {
    const answer = await (await post(type, new Uint8Array(12 * 1024 * 1024))).json();
    expect(answer).toMatchObject({ streamed: 12 * 1024 * 1024 });
    expect(answer).not.toHaveProperty('raw');
  });

  it.each([
    ['announced', 'x'.repeat(10 * 1024 * 1024 + 1), {}],
    ['inflated', gzipSync('x'.repeat(10 * 1024 * 1024 + 1)), { 'content-encoding': 'gzip' }],
  ])('refuses an oversize body: %s', async (_name, body, headers) => {
    const response = await post('application/json', body, headers);
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'too_large', status: 413 });
  });

  it('refuses an unknown content encoding', async () => {
    expect((await post('application/json', '{}', { 'content-encoding': 'rot13' })).status).toBe(415);
  });

  it('hosts callable functions', async () => {
    const double = onCall<{ n: number }>(({ data }) => ({ n: data.n * 2 }));
    const url = await listen({ double }, { '/call/double': 'double' });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/call/double`, {
      method: 'POST',
      headers,
      body: '{"data":{"n":21}}',
    });
    expect(await response.json()).toEqual({ result: { n: 42 } });
  });
});

describe('Pub/Sub functions', () => {
  const send = (value: unknown, orderingKey = '') =>
    pubsub.publish('changes', [
      { data: Buffer.from(JSON.stringify(value)), attributes: { tenantId: 't1' }, orderingKey },
    ]);

  it('delivers CloudEvents in order and again after a failure', async () => {
    const seen: unknown[] = [];
    const search = onMessagePublished({ topic: 'changes', retry: true }, async (event) => {
      const { message } = event.data;
      seen.push([message.json, message.attributes, message.orderingKey, event.type, event.source]);
      if (seen.length === 1) throw new Error('not yet');
    });
    open({ search }).start();
    send(1, 't1');
    send(2, 't1');
    await eventually(() => seen.length).toBe(3);
    const type = 'google.cloud.pubsub.topic.v1.messagePublished';
    const source = '//pubsub.googleapis.com/projects/mewayz/topics/changes';
    const event = (json: number) => [json, { tenantId: 't1' }, 't1', type, source];
    expect(seen).toEqual([event(1), event(1), event(2)]);
  });

  it('parks what keeps failing, and drops failures of functions without retry', async () => {
    const attempts = { stubborn: 0, careless: 0 };
    const stubborn = onMessagePublished({ topic: 'changes', retry: true }, () => {
      attempts.stubborn += 1;
      throw new Error('never');
    });
    const careless = onMessagePublished('changes', () => {
      attempts.careless += 1;
      throw new Error('never');
    });
    open({ stubborn, careless }).start();
    send({ poison: true });
    await eventually(() => pubsub.deadLetters('dead-letters').length).toBe(1);
    expect(attempts).toEqual({ stubborn: 3, careless: 1 });
    expect(pubsub.deadLetters('dead-letters')[0]?.attributes).toMatchObject({
      CloudPubSubDeadLetterSourceSubscription: 'selfhost-stubborn',
      deadLetterReason: 'never',
    });
  });

  it('keeps messages for a function while the host is down, and forgets functions that are gone', async () => {
    const seen: unknown[] = [];
    const kept = onMessagePublished('changes', (event) => void seen.push(event.data.message.json));
    open({ kept, gone: onMessagePublished('changes', () => undefined) });
    send('while down');
    open({ kept }).start();
    await eventually(() => seen).toEqual(['while down']);
    expect(pubsub.subscriptions().map(({ name }) => name)).toEqual(['dead-letters', 'selfhost-kept']);
  });
});

it('does not wait for a handler that hangs, and hands its message out again', async () => {
  let calls = 0;
  const hang = onMessagePublished({ topic: 'changes', retry: true }, () => {
    calls += 1;
    return new Promise(() => undefined);
  });
  const opened = open({ hang });
  opened.start();
  pubsub.publish('changes', [{ data: Buffer.from('1') }]);
  await eventually(() => calls).toBe(1);
  await opened.stop(50);
  pubsub.close();
  pubsub = openPubSubEngine({ directory });
  open({ hang }).start();
  await eventually(() => calls).toBe(2);
  await host?.stop(0);
  host = undefined;
});

describe('scheduled functions', () => {
  it('runs on time, one run at a time, and retries failures', { timeout: 15_000 }, async () => {
    let running = 0;
    let most = 0;
    const runs: (string | undefined)[] = [];
    const options = {
      schedule: '* * * * * *',
      timeZone: 'Europe/Berlin',
      retryCount: 1,
      minBackoffSeconds: 0,
    };
    const tick = onSchedule(options, async (event) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      running -= 1;
      runs.push(event.jobName);
      if (runs.length === 1) throw new Error('again');
    });
    open({ tick }).start();
    await expect.poll(() => runs.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    await host?.stop(5_000);
    expect(most).toBe(1);
    expect(runs[0]).toBe('tick');
    expect(lines).toContainEqual(expect.objectContaining({ message: 'scheduled function failed' }));
  });

  it('calls those with an interval more often, however long a call takes', async () => {
    let calls = 0;
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tick = onSchedule('0 0 1 1 *', () => {
      calls += 1;
      return held;
    });
    open({ tick }, { intervals: { tick: 0.02 } }).start();
    await eventually(() => calls).toBeGreaterThanOrEqual(3);
    release();
    await host?.stop(5_000);
    const atStop = calls;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(calls).toBe(atStop);
  });

  it('says at start what is wrong with a schedule', () => {
    const opened = open({ tick: onSchedule('whenever', () => undefined) });
    expect(() => opened.start()).toThrow('"whenever"');
  });
});

it('names the functions it cannot host, unless something else takes care of them', () => {
  const relay = onDocumentCreated('tenants/{t}/changes/{id}', () => undefined);
  expect(() => open({ kernel: { relay } })).toThrow(
    /kernel-relay \(google.cloud.firestore.document.v1.created\)/,
  );
  expect(open({ kernel: { relay } }, { ignore: (name) => name === 'kernel-relay' }).functions).toEqual([]);
});
