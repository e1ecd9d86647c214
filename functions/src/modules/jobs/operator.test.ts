import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Scope } from '../../kernel/context.ts';
import { defineModule } from '../../kernel/define.ts';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';
import { defineJob, enqueue, JobRetry } from '../../kernel/jobs/jobs.ts';
import { createSystemContext } from '../../kernel/scope.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const DAY = 86_400;
let now = START;
let platform: TestPlatform;
let tenant: TestTenant;
/** An API key of the owner: it does not run out when days pass. */
let token: string;
let scope: Scope;
let behave: (name: string) => Promise<unknown>;

const input = z.strictObject({ name: z.string() });
const handle = (_ctx: unknown, { name }: { name: string }): Promise<unknown> => behave(name);
const brittle = defineJob({ kind: 'trial.brittle', input, retry: { delays: [] }, handle });
const patient = defineJob({ kind: 'trial.patient', input, retry: { delays: [5, 300], jitter: 0.1 }, handle });
const trial = defineModule({ name: 'trial', jobs: [brittle, patient] });

beforeEach(async () => {
  now = START;
  behave = async () => undefined;
  platform = await createTestPlatform([...modules, trial], { clock: { now: () => now } });
  tenant = await platform.register();
  const key = { name: 'Owner', role: 'owner' };
  token = (await api('POST', 'auth/api-keys/create', key, tenant.token)).body.key;
  scope = createSystemContext(platform.app, 'test', 'test').tenant(tenant.tenantId);
});
afterEach(() => platform.close());

const api = (method: string, path: string, body?: unknown, by = token) =>
  platform.request(method, `/api/${path}`, { token: by, ...(body === undefined ? {} : { body }) });
const listed = async (query: string): Promise<string[]> =>
  (await api('GET', `jobs/jobs?${query}`)).body.items.map(
    ({ payload }: { payload: { name: string } }) => payload.name,
  );
const run = (): Promise<void> => runDueJobs(platform.app);
const fail = async (): Promise<never> => {
  throw new Error('refused');
};
const scheduled = async (name: string): Promise<void> => {
  const found = platform.app.registry.schedules.find((schedule) => schedule.name === name);
  await found?.handle(createSystemContext(platform.app, 'test', name));
};

describe('an administrator', () => {
  it('lists jobs by state, kind and when they are due, and sees how many there are', async () => {
    behave = async (name) => (name.startsWith('bad') ? fail() : undefined);
    await enqueue(scope, brittle, { name: 'bad 1' });
    await enqueue(scope, brittle, { name: 'good' });
    await enqueue(scope, patient, { name: 'bad 2' });
    await run();
    await enqueue(scope, patient, { name: 'later' }, { dueAt: '2026-03-02T12:00:00Z' });
    expect(await listed('state=dead')).toEqual(['bad 1']);
    expect(await listed('kind=trial.patient&sort=dueAt')).toEqual(['bad 2', 'later']);
    expect(await listed('kind=trial.patient&state=scheduled&dueAt.gt=2026-03-01T13:00:00Z')).toEqual([
      'later',
    ]);
    expect(await listed('dueAt.lte=2026-03-01T12:00:00Z&sort=dueAt')).toEqual(['bad 1', 'good']);
    now += 65_000;
    const { body } = await api('GET', 'jobs/jobs/counts');
    expect(body).toMatchObject({ scheduled: 2, running: 0, done: 1, dead: 1, cancelled: 0 });
    expect(body.kinds).toEqual([
      { kind: 'trial.brittle', scheduled: 0, running: 0, done: 1, dead: 1, cancelled: 0 },
      { kind: 'trial.patient', scheduled: 2, running: 0, done: 0, dead: 0, cancelled: 0 },
    ]);
    expect(body.lateSeconds).toBeGreaterThan(59);
    expect(body.lateSeconds).toBeLessThanOrEqual(60);
  });

  it('replays all dead letters of a kind; what dies again is left', async () => {
    behave = fail;
    for (let index = 0; index < 150; index += 1) await enqueue(scope, brittle, { name: `bad ${index}` });
    await run();
    const stranger = await enqueue(scope, patient, { name: 'other' });
    behave = async (name) => (name === 'bad 7' ? fail() : undefined);
    now += 1_000;
    const { status, body } = await api('POST', 'jobs/jobs/replay-dead', { kind: 'trial.brittle' });
    expect(status).toBe(202);
    await run();
    expect((await api('GET', `jobs/jobs/${body.jobId}`)).body.result).toEqual({ replayed: 150 });
    expect(await listed('state=dead')).toEqual(['bad 7']);
    expect((await api('GET', `jobs/jobs/${stranger.id}`)).body.state).toBe('done');
    expect((await api('POST', 'jobs/jobs/replay-dead', { kind: 'no.such' })).body).toMatchObject({
      status: 422,
      errors: [{ path: 'kind', code: 'unknown_kind' }],
    });
  });

  it('alone sees and moves jobs: editors and strangers do not', async () => {
    const { id } = await enqueue(scope, brittle, { name: 'own' });
    const editor = (await api('POST', 'auth/api-keys/create', { name: 'E', role: 'editor' })).body.key;
    const admin = (await api('POST', 'auth/api-keys/create', { name: 'A', role: 'admin' })).body.key;
    const foreign = await platform.register('Foreign');
    const codes = async (by: string): Promise<number[]> =>
      Promise.all([
        api('GET', 'jobs/jobs', undefined, by).then(({ status }) => status),
        api('GET', 'jobs/jobs/counts', undefined, by).then(({ status }) => status),
        api('POST', 'jobs/jobs/cancel', { id }, by).then(({ status }) => status),
        api('POST', 'jobs/jobs/replay', { id }, by).then(({ status }) => status),
        api('POST', 'jobs/jobs/replay-dead', { kind: 'trial.brittle' }, by).then(({ status }) => status),
      ]);
    expect(await codes(editor)).toEqual([403, 403, 403, 403, 403]);
    expect(await codes(foreign.token)).toEqual([200, 200, 404, 404, 202]);
    expect((await api('GET', `jobs/jobs/${id}`)).body).toMatchObject({ state: 'scheduled' });
    expect((await codes(admin)).toSorted()).toEqual([200, 200, 200, 200, 202]);
  });

  it('is told when a cursor is of another tenant, or a filter of no field', async () => {
    for (const name of ['a', 'b']) await enqueue(scope, brittle, { name });
    const { nextCursor } = (await api('GET', 'jobs/jobs?limit=1')).body;
    expect((await api('GET', `jobs/jobs?limit=1&cursor=${nextCursor}`)).body.items).toHaveLength(1);
    const foreign = await platform.register('Foreign');
    const refused = await api('GET', `jobs/jobs?limit=1&cursor=${nextCursor}`, undefined, foreign.token);
    expect(refused.body).toMatchObject({ status: 400, errors: [{ path: 'cursor', code: 'foreign_cursor' }] });
    expect((await api('GET', 'jobs/jobs?colour=red')).body).toMatchObject({
      status: 400,
      errors: [{ path: 'colour', code: 'unknown_parameter' }],
    });
  });
});

it('waits as long as an attempt asked for, and never less than the policy says', async () => {
  behave = async () => {
    throw new JobRetry(60, 'busy');
  };
  const { id } = await enqueue(scope, patient, { name: 'a' });
  await run();
  const due = async (): Promise<number> => Date.parse((await api('GET', `jobs/jobs/${id}`)).body.dueAt) - now;
  expect(await due()).toBe(60_000);
  now += 60_000;
  await run();
  expect(await due()).toBeGreaterThanOrEqual(300_000);
  expect(await due()).toBeLessThanOrEqual(330_000);
});

it('forgets finished jobs after 30 days and dead letters after 90, with their changes; nothing else', async () => {
  behave = async (name) => (name === 'dead' ? fail() : undefined);
  const [done, dead] = [
    await enqueue(scope, brittle, { name: 'done' }),
    await enqueue(scope, brittle, { name: 'dead' }),
  ];
  await run();
  const waiting = await enqueue(scope, brittle, { name: 'waiting' }, { dueAt: '2027-03-01T00:00:00Z' });
  const there = async (): Promise<number[]> =>
    Promise.all([done, dead, waiting].map(async ({ id }) => (await api('GET', `jobs/jobs/${id}`)).status));
  const steps = [
    [29, [200, 200, 200]],
    [2, [404, 200, 200]],
    [58, [404, 200, 200]],
    [2, [404, 404, 200]],
  ] as const;
  for (const [days, expected] of steps) {
    now += days * DAY * 1_000;
    await scheduled('jobs.retention');
    expect(await there()).toEqual(expected);
  }
  const changes = await platform.app.ports.documents.query({
    collection: `tenants/${tenant.tenantId}/changes`,
    limit: 1_000,
  });
  const of = (id: string): number => changes.filter(({ data }) => data.recordId === id).length;
  expect([of(done.id), of(dead.id), of(waiting.id)]).toEqual([0, 0, 1]);
});
