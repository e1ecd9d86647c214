import type { AnyRecord } from './types';

export const JOBS = 'jobs.jobs';
export const JOB_STATES = ['scheduled', 'running', 'dead', 'done', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Work for later: a delivery, a retry, a reminder. */
export interface Job extends AnyRecord {
  readonly kind: string;
  readonly state: JobState;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly dueAt: string;
  readonly lastError?: string;
  readonly result?: unknown;
  readonly finishedAt?: string;
}
