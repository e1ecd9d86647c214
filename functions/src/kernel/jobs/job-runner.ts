import { setTimeout as sleep } from 'node:timers/promises';
import type { App, SystemContext } from '../context.ts';
import { oncePer } from '../once-per.ts';
import { createSystemContext } from '../scope.ts';
import { type DueJob, dueJobs, type LaneWalk } from './job-due.ts';
import { completeJob, failJob, LEASE_SECONDS, leaseJob, renewLease } from './job-queue.ts';
import { type Job, JobAbandoned, JobDelay, type JobRecord } from './jobs.ts';

/** Jobs one process runs at once, and how many of one tenant. They wait for others most of the time. */
const SLOTS = 512;
const TENANT_SLOTS = 256;
/** Milliseconds between two looks at the queue. */
const MIN_PAUSE_MS = 20;
const DEFAULT_TIMEOUT_SECONDS = 60;
const MAX_TIMEOUT_SECONDS = 500;

/** What runs in this process: jobs, and how many of each lane and tenant. */
interface Runner {
  readonly jobs: Set<string>;
  readonly counts: Map<string, number>;
  /** How many may run at once of lanes whose attempts have been failing. */
  readonly narrowed: Map<string, number>;
  readonly walk: LaneWalk;
  /** The call that looks for more; a newer one takes over. */
  looker: object | undefined;
  /** No look before this, on the clock of `performance`. */
  nextLook: number;
}

const runnerOf = oncePer(
  (_app: App): Runner => ({
    jobs: new Set(),
    counts: new Map(),
    narrowed: new Map(),
    walk: { after: '' },
    looker: undefined,
    nextLook: 0,
  }),
);

/**
 * Runs every job that is due, until none is left; resolves when those it started are over. Calls may overlap: in one
 * process the newest goes on looking and the others see their own jobs through; in many, each job is leased to one.
 */
export async function runDueJobs(app: App): Promise<void> {
  const runner = runnerOf(app);
  const started = new Set<Promise<void>>();
  // What another worker has, or what cannot be taken now, is left for the next call.
  const left = new Set<string>();
  const me = {};
  runner.looker = me;
  for (;;) {
    await sleep(Math.max(0, runner.nextLook - performance.now()));
    if (runner.looker !== me) break;
    await startDue(app, runner, started, left);
    if (started.size === 0) return;
    // What ends makes room in its lane, or more work.
    await Promise.race(started);
  }
  await Promise.all(started);
}

async function startDue(
  app: App,
  runner: Runner,
  started: Set<Promise<void>>,
  left: Set<string>,
): Promise<void> {
  let seen = 0;
  const ctx = createSystemContext(app, app.ids.next('run'), 'jobs');
  for await (const due of dueJobs(ctx, runner.walk, (lane) => roomIn(app, runner, lane))) {
    seen += 1;
    if (runner.jobs.size >= SLOTS) break;
    // A full lane is passed over, so that it holds up no other.
    if (left.has(due.jobId) || runner.jobs.has(due.jobId) || isFull(app, runner, due)) continue;
    const work: Promise<void> = runOne(app, runner, due).then((ran) => {
      if (!ran) left.add(due.jobId);
      started.delete(work);
    });
    started.add(work);
  }
  // The more was passed over, the longer the pause: a long queue of a lane that hangs must not keep us busy.
  runner.nextLook = performance.now() + Math.max(MIN_PAUSE_MS, seen / 10);
}

const roomIn = (app: App, { counts, narrowed }: Runner, lane: string): number =>
  (narrowed.get(lane) ?? laneLimit(app, lane)) - (counts.get(lane) ?? 0);

/** Each failure halves what a lane may run at once and each success adds one, so what hangs soon holds a single slot. */
function adapt(app: App, { narrowed }: Runner, lane: string, succeeded: boolean): void {
  const limit = laneLimit(app, lane);
  const now = narrowed.get(lane) ?? limit;
  const next = succeeded ? now + 1 : Math.max(1, Math.floor(now / 2));
  if (next < limit) narrowed.set(lane, next);
  else narrowed.delete(lane);
}

const isFull = (app: App, runner: Runner, { lane, tenantId }: DueJob): boolean =>
  roomIn(app, runner, lane) <= 0 || (runner.counts.get(tenantId) ?? 0) >= TENANT_SLOTS;

function count({ counts }: Runner, { lane, tenantId }: DueJob, change: 1 | -1): void {
  for (const key of [lane, tenantId]) {
    const now = (counts.get(key) ?? 0) + change;
    if (now > 0) counts.set(key, now);
    else counts.delete(key);
  }
}

/** A lane is called by the kind of its jobs, then its own name. */
const laneLimit = (app: App, lane: string): number =>
  app.registry.jobs.get(lane.slice(0, lane.indexOf(' ')))?.options.concurrency?.limit ?? SLOTS;

/** One attempt, if this job can be had. Never rejects: what goes wrong stands in the job, or is seen when the lease ends. */
async function runOne(app: App, runner: Runner, due: DueJob): Promise<boolean> {
  const { jobId, tenantId } = due;
  // Nothing is awaited before this, so that calls that overlap keep to the limits together.
  runner.jobs.add(jobId);
  count(runner, due, 1);
  const ctx = createSystemContext(app, app.ids.next('run'), 'jobs');
  try {
    const leased = await leaseJob(ctx, due, ctx.requestId);
    if (leased) adapt(app, runner, due.lane, await attempt(ctx, tenantId, leased));
    return leased !== undefined;
  } catch (error) {
    app.ports.log.error({ err: error, jobId, tenantId }, 'a job could not be run');
    return false;
  } finally {
    runner.jobs.delete(jobId);
    count(runner, due, -1);
  }
}

/** False when it failed; to be put off is no failure. */
async function attempt(ctx: SystemContext, tenantId: string, leased: JobRecord): Promise<boolean> {
  const scope = ctx.tenant(tenantId);
  const { clock } = ctx.ports;
  const job = ctx.app.registry.jobs.get(leased.kind);
  if (!job) {
    const error = new JobAbandoned(`No module declares jobs of kind ${leased.kind}.`);
    await failJob(scope, leased, error, undefined, clock.now());
    return false;
  }
  const stop = new AbortController();
  const heartbeat = setInterval(
    () => {
      renewLease(scope, leased, clock.now()).then(
        (held) => held || stop.abort(new Error('The lease was lost.')),
        (error: unknown) => ctx.log.warn({ err: error, jobId: leased.id }, 'a lease could not be renewed'),
      );
    },
    (LEASE_SECONDS * 1_000) / 3,
  );
  try {
    const result = await handle(ctx, job, tenantId, leased, stop);
    await completeJob(scope, leased, result, clock.now());
    return true;
  } catch (error) {
    ctx.log.debug({ err: error, jobId: leased.id, kind: leased.kind }, 'an attempt failed');
    await failJob(scope, leased, error, job, clock.now());
    return error instanceof JobDelay;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Runs the handler until it ends, its time is up or its lease is lost. */
async function handle(
  ctx: SystemContext,
  job: Job,
  tenantId: string,
  leased: JobRecord,
  stop: AbortController,
): Promise<unknown> {
  const { options } = job;
  const parsed = options.input.safeParse(leased.payload);
  if (!parsed.success) throw new JobAbandoned(`The input is not as declared: ${parsed.error.message}`);
  const seconds = Math.min(MAX_TIMEOUT_SECONDS, options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS);
  const timer = setTimeout(
    () => stop.abort(new Error(`The attempt took longer than ${seconds} s.`)),
    seconds * 1_000,
  );
  const stopped = new Promise<never>((_resolve, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
  });
  try {
    const scope = ctx.tenant(tenantId);
    return await Promise.race([
      options.handle({ ...ctx, scope, signal: stop.signal }, parsed.data, leased),
      stopped,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
