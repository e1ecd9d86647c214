import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { App, JobScope, Scope } from '../../kernel/context.ts';
import { defineModule } from '../../kernel/define.ts';
import { dueJobs } from '../../kernel/jobs/job-due.ts';
import { completeJob, LEASE_SECONDS, leaseJob } from '../../kernel/jobs/job-queue.ts';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';
import {
  defineJob,
  enqueue,
  JobAbandoned,
  JobDelay,
  type JobRecord,
  jobs,
  retryDelay,
} from '../../kernel/jobs/jobs.ts';
import { createSystemContext } from '../../kernel/scope.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';
import { contacts } from '../crm/contacts.collection.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
let now = START;
let platform: TestPlatform;
let tenant: TestTenant;
let scope: Scope;
/** What the handlers of these tests do, and what they were called with. */
let behave: (ctx: JobScope, name: string, job: JobRecord) => Promise<unknown>;
let ran: string[] = [];

const input = z.strictObject({ name: z.string() });
const handle = (ctx: JobScope, { name }: { name: string }, job: JobRecord): Promise<unknown> => {
  ran.push(name);
  return behave(ctx, name, job);
};
const steady = defineJob({ kind: 'trial.steady', input, retry: { delays: [5, 300] }, handle });
const backing = defineJob({
  kind: 'trial.backing',
  input,
  retry: { attempts: 5, backoff: { base: 10, max: 40 } },
  deadlineSeconds: 60,
  handle,
});
const narrow = defineJob({
  kind: 'trial.narrow',
  input,
  retry: { delays: [] },
  concurrency: { limit: 1, lane: ({ name }) => name.slice(0, 1) },
  handle,
});
const wide = defineJob({
  kind: 'trial.wide',
  input,
  retry: { delays: [] },
  concurrency: { limit: 8, lane: () => 'all' },
  handle,
});
const quick = defineJob({
  kind: 'trial.quick',
  input,
  retry: { delays: [] },
  timeoutSeconds: 1,
  handle,
  onDead: async (transaction, { name }) => {
    await transaction
      .asSystem('trial')
      .repo(contacts)
      .create({ name: `mourns ${name}` });
  },
});
const trial = defineModule({ name: 'trial', jobs: [steady, backing, narrow, wide, quick] });

beforeEach(async () => {
  now = START;
  ran = [];
  behave = async () => undefined;
  platform = await createTestPlatform([...modules, trial], { clock: { now: () => now } });
  tenant = await platform.register();
  scope = system(platform.app).tenant(tenant.tenantId);
});
afterEach(() => platform.close());

const system = (app: App) => createSystemContext(app, 'test', 'test');
const run = (): Promise<void> => runDueJobs(platform.app);
const mourners = async () =>
  (await scope.asSystem('trial').repo(contacts).list({ limit: 10 })).items.map(({ name }) => name);
const stored = (id: string): Promise<JobRecord> => scope.repo(jobs).require(id);
const wait = (seconds: number): void => {
  now += seconds * 1_000;
};
const fail = async (): Promise<never> => {
  throw new Error('refused');
};
const call = (action: 'cancel' | 'replay', id: string) =>
  platform.request('POST', `/api/jobs/jobs/${action}`, { token: tenant.token, body: { id } });

describe('a job', () => {
  it('runs when it is due, not before, and keeps its result', async () => {
    behave = async () => ({ answer: 42 });
    const { id } = await enqueue(scope, steady, { name: 'a' }, { dueAt: '2026-03-01T12:00:10Z' });
    await run();
    expect(ran).toEqual([]);
    wait(10);
    await run();
    expect(ran).toEqual(['a']);
    expect(await stored(id)).toMatchObject({ state: 'done', attempts: 1, result: { answer: 42 } });
    wait(100_000);
    await run();
    expect(ran).toEqual(['a']);
  });

  it('starts by itself once its change is delivered', async () => {
    const { id } = await enqueue(scope, steady, { name: 'a' });
    await platform.drain();
    expect(await stored(id)).toMatchObject({ state: 'done' });
  });

  it('is refused when its input is not as declared', async () => {
    expect(() => enqueue(scope, steady, { nom: 'a' } as never)).toThrow(/fields to correct/);
  });

  it('commits with the records of its transaction, or not at all', async () => {
    const both = (after: () => void): Promise<void> =>
      scope.transaction(async (transaction) => {
        await transaction.repo(contacts).create({ name: 'Ada' });
        await enqueue(transaction, steady, { name: 'a' });
        after();
      });
    await expect(
      both(() => {
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await run();
    expect(ran).toEqual([]);
    expect((await scope.repo(jobs).list({})).items).toEqual([]);
    await both(() => {});
    await run();
    expect(ran).toEqual(['a']);
  });

  it('is made once for a key, even by many at the same time', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, () => enqueue(scope, steady, { name: 'a' }, { key: 'once' })),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    await run();
    const again = await enqueue(scope, steady, { name: 'a' }, { key: 'once' });
    expect(again).toMatchObject({ id: made[0]?.id, state: 'done' });
    await run();
    expect(ran).toEqual(['a']);
    const other = await enqueue(scope, backing, { name: 'a' }, { key: 'once' });
    expect(other.id).not.toBe(again.id);
  });
});

describe('a failed attempt', () => {
  it('is repeated at the declared times, then parked', async () => {
    behave = fail;
    const { id } = await enqueue(scope, steady, { name: 'a' });
    await run();
    expect(await stored(id)).toMatchObject({
      state: 'scheduled',
      attempts: 1,
      dueAt: '2026-03-01T12:00:05.000Z',
      lastError: 'refused',
    });
    for (const [seconds, times] of [
      [4, 1],
      [1, 2],
      [299, 2],
      [1, 3],
      [100_000, 3],
    ] as const) {
      wait(seconds);
      await run();
      expect(ran.length).toBe(times);
    }
    expect(await stored(id)).toMatchObject({ state: 'dead', attempts: 3, lastError: 'refused' });
  });

  it('is put off without being counted, or abandoned at once, when the handler says so', async () => {
    behave = async () => {
      throw new JobDelay(7, 'too fast');
    };
    const { id } = await enqueue(scope, steady, { name: 'a' });
    await run();
    expect(await stored(id)).toMatchObject({ attempts: 0, dueAt: '2026-03-01T12:00:07.000Z' });
    behave = async () => {
      throw new JobAbandoned('gone');
    };
    wait(7);
    await run();
    expect(await stored(id)).toMatchObject({ state: 'dead', attempts: 1, lastError: 'gone' });
  });

  it('is not repeated after the deadline', async () => {
    behave = fail;
    const { id } = await enqueue(scope, backing, { name: 'a' });
    for (let second = 0; second < 200; second += 1) {
      await run();
      wait(1);
    }
    expect(await stored(id)).toMatchObject({ state: 'dead', deadline: '2026-03-01T12:01:00.000Z' });
    expect(ran.length).toBeLessThan(5);
  });

  it('waits longer each time, between half and all of the pause', () => {
    const retry = { attempts: 9, backoff: { base: 10, max: 40 } };
    const pauses = (random: () => number): number[] => [1, 2, 3, 4].map((n) => retryDelay(retry, n, random));
    expect(pauses(() => 0)).toEqual([5, 10, 20, 20]);
    expect(pauses(() => 1)).toEqual([10, 20, 40, 40]);
  });

  it('is told to stop when its time is up', async () => {
    let reason: unknown;
    behave = (ctx) =>
      new Promise(() => ctx.signal.addEventListener('abort', () => (reason = ctx.signal.reason)));
    const { id } = await enqueue(scope, quick, { name: 'a' });
    await run();
    expect(String(reason)).toContain('longer than 1 s');
    expect(await stored(id)).toMatchObject({ state: 'dead' });
    expect(await mourners()).toEqual(['mourns a']);
  });
});

describe('a worker', () => {
  it('that is lost loses its job to another, and can no longer finish it', async () => {
    const { id } = await enqueue(scope, steady, { name: 'a' });
    const ctx = system(platform.app);
    const lost = await leaseJob(ctx, { tenantId: tenant.tenantId, jobId: id, lane: '' }, 'worker-1');
    wait(LEASE_SECONDS - 1);
    await run();
    expect(ran).toEqual([]);
    wait(1);
    behave = async () => {
      expect(await completeJob(scope, lost as JobRecord, 'late', now)).toBe(false);
      return 'second';
    };
    await run();
    expect(await stored(id)).toMatchObject({ state: 'done', attempts: 2, result: 'second' });
    expect(await completeJob(scope, lost as JobRecord, 'late', now)).toBe(false);
    expect(LEASE_SECONDS).toBeLessThan(30);
  });

  it('that is lost in the last attempt leaves a dead letter', async () => {
    const { id } = await enqueue(scope, narrow, { name: 'a' });
    await leaseJob(system(platform.app), { tenantId: tenant.tenantId, jobId: id, lane: '' }, 'worker-1');
    wait(LEASE_SECONDS);
    await run();
    expect(ran).toEqual([]);
    expect(await stored(id)).toMatchObject({ state: 'dead', lastError: expect.stringContaining('lost') });
  });

  it('that is lost in the last attempt is told of to whoever waits, once', async () => {
    const { id } = await enqueue(scope, quick, { name: 'a' });
    await leaseJob(system(platform.app), { tenantId: tenant.tenantId, jobId: id, lane: '' }, 'worker-1');
    wait(LEASE_SECONDS);
    for (let times = 0; times < 2; times++) await run();
    expect(await stored(id)).toMatchObject({ state: 'dead' });
    expect(await mourners()).toEqual(['mourns a']);
  });

  it('shares the jobs with others: each runs once', async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => enqueue(scope, steady, { name: `job ${index}` })),
    );
    // Another process has the same ports and nothing else in common.
    const workers = [platform.app, { ...platform.app }, { ...platform.app }];
    await Promise.all(workers.map(runDueJobs));
    expect(ran.length).toBe(30);
    expect(new Set(ran).size).toBe(30);
  });

  it('keeps to the limit of a lane, while other lanes go on', async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    behave = (_ctx, name) => (name === 'a1' ? held : Promise.resolve());
    await enqueue(scope, narrow, { name: 'a1' });
    wait(1);
    for (const name of ['a2', 'a3', 'b1', 'b2']) await enqueue(scope, narrow, { name });
    const running = run();
    await expect.poll(() => ran.toSorted()).toEqual(['a1', 'b1', 'b2']);
    release();
    await running;
    expect(ran.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
  });
});

it('runs what is due in other lanes while one that hangs has a long queue', { timeout: 60_000 }, async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  behave = (_ctx, name) => (name.startsWith('a') ? held : Promise.resolve());
  await Promise.all(
    Array.from({ length: 150 }, (_, index) =>
      enqueue(scope, narrow, { name: `a${index}` }, { key: `a${index}` }),
    ),
  );
  wait(1);
  for (const name of ['b1', 'b2', 'c1']) await enqueue(scope, narrow, { name });
  const running = run();
  await expect
    .poll(() => ran.filter((name) => !name.startsWith('a')).toSorted(), { timeout: 20_000 })
    .toEqual(['b1', 'b2', 'c1']);
  expect(ran.length).toBe(4);
  behave = async () => {
    throw new JobAbandoned('enough');
  };
  release();
  await running;
});

it('lets fewer jobs of a lane run at once while they fail, and more again when they succeed', async () => {
  let running = 0;
  let most = 0;
  let failing = true;
  behave = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running -= 1;
    if (failing) throw new Error('refused');
  };
  const round = async (count: number): Promise<number> => {
    most = 0;
    for (let index = 0; index < count; index += 1) await enqueue(scope, wide, { name: `${index}` });
    await run();
    return most;
  };
  expect(await round(8)).toBe(8);
  expect(await round(4)).toBe(1);
  failing = false;
  expect(await round(1)).toBe(1);
  await round(20);
  expect(await round(8)).toBe(8);
});

describe('an administrator', () => {
  it('cancels a job; one that runs can no longer finish', async () => {
    const { id } = await enqueue(scope, steady, { name: 'a' });
    behave = async () => expect((await call('cancel', id)).body).toMatchObject({ state: 'cancelled' });
    await run();
    expect(await stored(id)).toMatchObject({ state: 'cancelled', attempts: 1 });
    expect((await call('cancel', id)).status).toBe(200);
    wait(1_000);
    await run();
    expect(ran).toEqual(['a']);
  });

  it('replays what is dead or done, from the first attempt', async () => {
    behave = fail;
    const { id } = await enqueue(scope, narrow, { name: 'a' });
    await run();
    expect(await stored(id)).toMatchObject({ state: 'dead' });
    expect((await call('cancel', id)).status).toBe(409);
    behave = async () => 'well';
    expect((await call('replay', id)).body).toMatchObject({ state: 'scheduled', attempts: 0 });
    await run();
    expect(await stored(id)).toMatchObject({ state: 'done', attempts: 1, result: 'well' });
    expect((await call('replay', id)).status).toBe(200);
    await run();
    expect(ran.length).toBe(3);
  });
});

it('loses no job and runs none twice at once, whatever fails and whoever crashes', {
  timeout: 60_000,
}, async () => {
  const step = fc.record({
    seconds: fc.integer({ min: 0, max: 400 }),
    jobs: fc.integer({ min: 0, max: 3 }),
    crash: fc.boolean(),
    failures: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      round += 1;
      const running = new Set<string>();
      const twice: string[] = [];
      const made: string[] = [];
      let failures: boolean[] = [];
      behave = async (_ctx, name) => {
        if (running.has(name)) twice.push(name);
        running.add(name);
        await new Promise(setImmediate);
        running.delete(name);
        if (failures.pop()) throw new Error('by chance');
      };
      for (const [index, { seconds, jobs: count, crash, ...chance }] of steps.entries()) {
        failures = [...chance.failures];
        for (let one = 0; one < count; one += 1)
          made.push((await enqueue(scope, steady, { name: `${round}-${index}-${one}` })).id);
        if (crash)
          for await (const due of dueJobs(system(platform.app))) {
            await leaseJob(system(platform.app), due, `lost ${round} ${index}`);
            break;
          }
        await Promise.all([runDueJobs(platform.app), runDueJobs({ ...platform.app })]);
        wait(seconds);
      }
      for (let more = 0; more < 5; more += 1) {
        wait(400);
        await run();
      }
      expect(twice).toEqual([]);
      for (const id of made) expect((await stored(id)).state).toMatch(/^(?:done|dead)$/);
      for await (const left of dueJobs(system(platform.app))) expect(left).toBeUndefined();
    }),
    { numRuns: 12 },
  );
});
