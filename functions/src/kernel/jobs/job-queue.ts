import type { Scope, SystemContext, TransactionScope } from '../context.ts';
import { Problem } from '../errors.ts';
import { timestamp } from '../ports/clock.ts';
import type { DueJob } from './job-due.ts';
import {
  type Job,
  JobAbandoned,
  JobDelay,
  type JobRecord,
  JobRetry,
  jobs,
  lookAgain,
  retryDelay,
  secondsAfter,
} from './jobs.ts';

/** A crash is noticed when the lease ends, so this and one look at the queue stay below 30 s. */
export const LEASE_SECONDS = 15;

/**
 * Takes a due job for `owner`, a name that was never used before: the fence. Undefined when somebody else has it, or
 * when it is over. A job whose worker was lost in its last attempt goes to the dead letters.
 */
export function leaseJob(
  ctx: SystemContext,
  { tenantId, jobId }: DueJob,
  owner: string,
): Promise<JobRecord | undefined> {
  return ctx.tenant(tenantId).transaction(async (transaction) => {
    const repo = transaction.repo(jobs);
    const job = await repo.get(jobId);
    const now = timestamp(ctx.ports.clock);
    const next = job && nextLook(job);
    if (!job || next === undefined) await transaction.queueJob(jobId, undefined);
    if (!job || next === undefined || next > now) return undefined;
    const lost = job.state === 'running' ? { lastError: 'The worker was lost while it ran this.' } : {};
    const ended =
      job.attempts >= job.maxAttempts
        ? 'The worker was lost in the last attempt.'
        : job.deadline !== undefined && now >= job.deadline
          ? 'The deadline has passed.'
          : undefined;
    if (ended !== undefined) {
      await bury(transaction, job, ctx.app.registry.jobs.get(job.kind), ended, ctx.ports.clock.now());
      return undefined;
    }
    const leaseUntil = secondsAfter(now, LEASE_SECONDS);
    await lookAgain(transaction, job, leaseUntil);
    return repo.patch(jobId, {
      ...lost,
      state: 'running',
      attempts: job.attempts + 1,
      leaseOwner: owner,
      leaseUntil,
    });
  });
}

const nextLook = (job: JobRecord): string | undefined =>
  job.state === 'scheduled' ? job.dueAt : job.state === 'running' ? job.leaseUntil : undefined;

/** Keeps a running job; false when it was lost to another worker or cancelled. */
export function renewLease(scope: Scope, leased: JobRecord, now: number): Promise<boolean> {
  return whileHeld(scope, leased, async (transaction, job) => {
    const leaseUntil = secondsAfter(now, LEASE_SECONDS);
    await lookAgain(transaction, job, leaseUntil);
    await transaction.repo(jobs).patch(job.id, { leaseUntil });
  });
}

/** Records that the attempt succeeded; false, and nothing recorded, when the lease was lost. */
export function completeJob(scope: Scope, leased: JobRecord, result: unknown, now: number): Promise<boolean> {
  return whileHeld(scope, leased, (transaction, job) =>
    settle(transaction, job, {
      state: 'done',
      lastError: null,
      finishedAt: new Date(now).toISOString(),
      ...(result === undefined ? {} : { result: JSON.parse(JSON.stringify(result)) }),
    }),
  );
}

/** Records that the attempt failed, and when there is another; false, and nothing recorded, when the lease was lost. */
export function failJob(
  scope: Scope,
  leased: JobRecord,
  error: unknown,
  declared: Job | undefined,
  now: number,
): Promise<boolean> {
  return whileHeld(scope, leased, async (transaction, job) => {
    const lastError = (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
    const delayed = error instanceof JobDelay;
    const least = error instanceof JobRetry ? error.seconds : 0;
    const retry = declared?.options.retry ?? { delays: [] };
    const seconds = delayed ? error.seconds : Math.max(least, retryDelay(retry, job.attempts));
    const dueAt = secondsAfter(now, seconds);
    const over =
      error instanceof JobAbandoned ||
      (!delayed && job.attempts >= job.maxAttempts) ||
      (job.deadline !== undefined && dueAt >= job.deadline);
    if (over) return bury(transaction, job, declared, lastError, now);
    await lookAgain(transaction, job, dueAt);
    await transaction.repo(jobs).patch(job.id, {
      state: 'scheduled',
      dueAt,
      lastError,
      attempts: delayed ? job.attempts - 1 : job.attempts,
      leaseOwner: null,
      leaseUntil: null,
    });
  });
}

/** Ends a job for good. A running attempt is told to stop, and can no longer finish. */
export function cancelJob(scope: Scope, id: string, now: number): Promise<JobRecord> {
  return scope.transaction(async (transaction) => {
    const job = await transaction.repo(jobs).require(id);
    if (job.state === 'cancelled') return job;
    if (job.state === 'done' || job.state === 'dead')
      throw new Problem('conflict', `The job is ${job.state} already.`);
    await settle(transaction, job, { state: 'cancelled', finishedAt: new Date(now).toISOString() });
    return transaction.repo(jobs).require(id);
  });
}

/** Runs a job again from its first attempt, now. One that runs already is left alone. */
export function replayJob(scope: Scope, id: string, now: number): Promise<JobRecord> {
  return scope.transaction(async (transaction) => {
    const repo = transaction.repo(jobs);
    const job = await repo.require(id);
    if (job.state === 'running') return job;
    const dueAt = new Date(now).toISOString();
    await lookAgain(transaction, job, dueAt);
    const deadline =
      job.deadlineSeconds === undefined ? {} : { deadline: secondsAfter(dueAt, job.deadlineSeconds) };
    return repo.patch(id, {
      state: 'scheduled',
      dueAt,
      attempts: 0,
      finishedAt: null,
      result: null,
      ...deadline,
    });
  });
}

/** A job that is not attempted any more goes to the dead letters. */
async function bury(
  transaction: TransactionScope,
  job: JobRecord,
  declared: Job | undefined,
  lastError: string,
  now: number,
): Promise<void> {
  const input = declared?.options.input.safeParse(job.payload);
  if (input?.success) await declared?.options.onDead?.(transaction, input.data, now);
  await settle(transaction, job, { state: 'dead', lastError, finishedAt: new Date(now).toISOString() });
}

async function settle(
  transaction: TransactionScope,
  job: JobRecord,
  outcome: Readonly<Record<string, unknown>>,
): Promise<void> {
  await lookAgain(transaction, job, undefined);
  await transaction.repo(jobs).patch(job.id, { ...outcome, leaseOwner: null, leaseUntil: null });
}

/** Runs `work` in a transaction that sees the lease unbroken. */
function whileHeld(
  scope: Scope,
  { id, leaseOwner }: JobRecord,
  work: (transaction: TransactionScope, job: JobRecord) => Promise<void>,
): Promise<boolean> {
  return scope.transaction(async (transaction) => {
    const job = await transaction.repo(jobs).get(id);
    if (job?.state !== 'running' || job.leaseOwner !== leaseOwner) return false;
    await work(transaction, job);
    return true;
  });
}
