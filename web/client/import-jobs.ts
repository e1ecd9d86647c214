'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from './context';
import { isFinished } from './imports';
import { keys } from './records';
import type { ImportJob, Page } from './types';

export const IMPORT_JOBS = 'imports.jobs';
/** The stream tells how a job goes on; this is for when it does not, in ms. */
const POLL = 1_500;

export function useImportJobs(): UseQueryResult<Page<ImportJob>> {
  const api = useApi();
  return useQuery({
    queryKey: keys.list(IMPORT_JOBS, {}),
    queryFn: ({ signal }) =>
      api.get<Page<ImportJob>>('/api/imports/jobs', { limit: 25, sort: '-createdAt' }, signal),
  });
}

export function useImportJob(id: string | undefined): UseQueryResult<ImportJob> {
  const api = useApi();
  return useQuery({
    queryKey: keys.one(IMPORT_JOBS, id ?? ''),
    queryFn: ({ signal }) => api.get<ImportJob>(`/api/imports/jobs/${id}`, undefined, signal),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data && isFinished(state.data) ? false : POLL),
  });
}
