import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { JobScope, Scope, TransactionScope } from '../context.ts';
import { defineCollection, type RecordOf } from '../define.ts';
import { parseInput } from '../schema.ts';

export const JOB_STATES = ['scheduled', 'running', 'done', 'dead', 'cancelled'] as const;

/** Work for later, in the node of the tenant it is for. Made by `enqueue`, worked on by the job runner. */
export const jobs = defineCollection({
  name: 'jobs.jobs',
  idPrefix: 'job',
  labels: { one: 'job', many: 'jobs' },
  fields: {
    kind: z.string(),
    payload: z.record(z.string(), z.unknown()),
    state: z.enum(JOB_STATES),
    /** Jobs of one lane share the concurrency limit of their kind. */
    lane: z.string().max(200).optional(),
    /** Attempts since it was scheduled or replayed. */
    attempts: z.int().min(0),
    maxAttempts: z.int().min(1),
    deadlineSeconds: z.int().min(1).optional(),
    /** While it runs: until when the worker holds it, and which one does. */
    leaseUntil: z.iso.datetime().optional(),
    leaseOwner: z.string().optional(),
    lastError: z.string().max(2_000).optional(),
    result: z.unknown().optional(),
    finishedAt: z.iso.datetime().optional(),
  },
  computed: {
    /** When the next attempt may begin. */
    dueAt: z.iso.datetime(),
    /** From then on it is not attempted again. */
    deadline: z.iso.datetime().optional(),
  },
  access: { read: 'admin', create: () => false, update: () => false, delete: () => false },
  filters: ['state', 'kind', 'dueAt', 'finishedAt'],
  lookups: ['lane'],
  sorts: ['dueAt', 'finishedAt'],
  unindexed: ['payload', 'result'],
  example: {
    kind: 'webhooks.deliver',
    payload: { endpointId: 'who_01JD0000000000000000000000' },
    state: 'scheduled',
    attempts: 0,
    maxAttempts: 10,
  },
  api: 'read-only',
  warehouse: 'none',
  prepare: (draft, { now, operation }) => {
    const dueAt = draft.dueAt ?? now;
    if (operation !== 'create' || draft.deadlineSeconds === undefined) return { ...draft, dueAt };
    return { ...draft, dueAt, deadline: secondsAfter(dueAt, draft.deadlineSeconds) };
  },
});
export type JobRecord = RecordOf<typeof jobs>;

/**
 * How often a failed attempt is repeated: after growing pauses, or after these, each longer by up to the share `jitter`
 * (none by default). All in seconds.
 */
export type RetryPolicy =
  | { readonly attempts: number; readonly backoff: { readonly base: number; readonly max: number } }
  | { readonly delays: readonly number[]; readonly jitter?: number };

export interface JobOptions<Input extends z.ZodType> {
  /** `module.verb`, such as `webhooks.deliver`. */
  readonly kind: string;
  /** JSON in, whatever it parses to out. No secrets: administrators read it. */
  readonly input: Input;
  readonly retry: RetryPolicy;
  /** An attempt that takes longer has failed; it must stop when `ctx.signal` says so. 60 by default, 500 at most. */
  readonly timeoutSeconds?: number;
  /** Seconds after it was first due in which attempts may begin. */
  readonly deadlineSeconds?: number;
  /** At most `limit` jobs of one lane run at once in one process; fewer while its attempts fail. */
  readonly concurrency?: { readonly limit: number; lane(input: z.output<Input>): string };
  /**
   * One attempt; what it resolves (JSON) is the job's result. May run again after a crash, so effects are keyed by
   * `job.id`. Throws to be tried again (`JobRetry`: not too soon), `JobDelay` to be put off without
   * counting, `JobAbandoned` when no attempt can succeed.
   */
  handle(ctx: JobScope, input: z.output<Input>, job: JobRecord): Promise<unknown>;
  /**
   * Commits with the job's death, also when its worker was lost in the last attempt: what waits for the job is told here.
   * @param now milliseconds since 1970
   */
  onDead?(transaction: TransactionScope, input: z.output<Input>, now: number): Promise<void>;
}

/** A declared kind of job. */
export interface Job<Input extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly options: JobOptions<Input>;
}

export function defineJob<Input extends z.ZodType>(options: JobOptions<Input>): Job<Input> {
  return { name: options.kind, options };
}

/** Puts an attempt off without counting it, for instance because of a rate limit. */
export class JobDelay extends Error {
  readonly seconds: number;
  constructor(seconds: number, reason: string) {
    super(reason);
    this.name = 'JobDelay';
    this.seconds = seconds;
  }
}

/** An attempt that failed; the next is made when the policy says so, but not before `seconds` have passed. */
export class JobRetry extends Error {
  readonly seconds: number;
  constructor(seconds: number, reason: string) {
    super(reason);
    this.name = 'JobRetry';
    this.seconds = seconds;
  }
}

/** Ends a job that cannot succeed: no more attempts, straight to the dead letters. */
export class JobAbandoned extends Error {
  override readonly name = 'JobAbandoned';
}

export interface EnqueueOptions {
  /** RFC 3339; now by default. */
  readonly dueAt?: string;
  /** A second job of the same kind and key is not made: the first is given back, whatever its state. */
  readonly key?: string;
}

/** Makes a job that commits with the scope's transaction, or by itself. Throws a 422 Problem for bad input. */
export function enqueue<Input extends z.ZodType>(
  scope: Scope,
  job: Job<Input>,
  input: z.input<Input>,
  { dueAt, key }: EnqueueOptions = {},
): Promise<JobRecord> {
  const { options } = job;
  const parsed = parseInput(options.input, input, 'The job') as z.output<Input>;
  return scope.asSystem(`job ${options.kind}`).transaction(async (transaction) => {
    const repo = transaction.repo(jobs);
    const id = key === undefined ? undefined : keyedId(scope.tenantId, options.kind, key);
    const known = id === undefined ? undefined : await repo.get(id);
    if (known) return known;
    const lane = options.concurrency?.lane(parsed);
    const record = await repo.create(
      {
        kind: options.kind,
        payload: JSON.parse(JSON.stringify(input)),
        state: 'scheduled',
        attempts: 0,
        maxAttempts: 'delays' in options.retry ? options.retry.delays.length + 1 : options.retry.attempts,
        ...(lane === undefined ? {} : { lane }),
        ...(options.deadlineSeconds === undefined ? {} : { deadlineSeconds: options.deadlineSeconds }),
        ...(dueAt === undefined ? {} : { dueAt: new Date(dueAt).toISOString() }),
      },
      id === undefined ? {} : { id },
    );
    await lookAgain(transaction, record, record.dueAt);
    return record;
  });
}

/** The id of the job with this key, made or not. */
export function keyedId(tenantId: string, kind: string, key: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([tenantId, kind, key]))
    .digest('hex');
  return `job_${digest.slice(0, 32).toUpperCase()}`;
}

/** Says when the runner has to look at a job next; undefined when never again. */
export const lookAgain = (
  transaction: TransactionScope,
  { id, kind, lane }: Pick<JobRecord, 'id' | 'kind' | 'lane'>,
  dueAt: string | undefined,
): Promise<void> =>
  transaction.queueJob(id, dueAt === undefined ? undefined : { dueAt, lane: `${kind} ${lane ?? ''}` });

/**
 * Seconds until the next attempt. Backoff doubles from `base` to `max`; half of it is random, so that what failed
 * together does not come back together ("equal jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * @param attempts attempts made so far, at least 1
 * @param random from 0 to 1
 */
export function retryDelay(retry: RetryPolicy, attempts: number, random: () => number = Math.random): number {
  if ('delays' in retry) {
    const delay = retry.delays[attempts - 1] ?? retry.delays.at(-1) ?? 0;
    return delay * (1 + (retry.jitter ?? 0) * random());
  }
  const { base, max } = retry.backoff;
  const full = Math.min(max, base * 2 ** Math.min(attempts - 1, 30));
  return full / 2 + (full / 2) * random();
}

export const secondsAfter = (time: string | number, seconds: number): string =>
  new Date(new Date(time).getTime() + seconds * 1_000).toISOString();
