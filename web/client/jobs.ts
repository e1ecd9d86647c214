'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from './context';
import { keys } from './records';
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

type Counts = Readonly<Record<JobState, number>>;

export interface JobCounts extends Counts {
  readonly lateSeconds: number;
  readonly kinds: readonly (Counts & { readonly kind: string })[];
}

/** How many jobs there are, by state and kind; counted anew when jobs change. */
export function useJobCounts(): UseQueryResult<JobCounts> {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.lists(JOBS), 'counts'],
    queryFn: ({ signal }) => api.get<JobCounts>('/api/jobs/jobs/counts', undefined, signal),
  });
}
