'use client';

import { useEffect, useRef, useState } from 'react';
import { useApi } from '@/client/context';
import type { SqlAnswer } from '@/client/sql';

export interface Run {
  readonly sql: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly answer?: SqlAnswer;
  readonly error?: unknown;
}

export interface Runner {
  readonly run: Run | undefined;
  readonly start: (sql: string, limit: number) => void;
  readonly cancel: () => void;
}

/** Runs one query at a time; a new one takes the place of the one that runs. */
export function useRun(): Runner {
  const api = useApi();
  const [run, setRun] = useState<Run>();
  const current = useRef<AbortController>(undefined);
  useEffect(() => () => current.current?.abort(), []);
  const start = async (sql: string, limit: number): Promise<void> => {
    current.current?.abort();
    const own = new AbortController();
    current.current = own;
    setRun({ sql, state: 'running' });
    const end = (run: Run): void => {
      if (current.current === own) setRun(run);
    };
    try {
      end({
        sql,
        state: 'done',
        answer: await api.ask<SqlAnswer>('/api/analytics/sql', { sql, limit }, own.signal),
      });
    } catch (error) {
      end(own.signal.aborted ? { sql, state: 'cancelled' } : { sql, state: 'failed', error });
    }
  };
  return {
    run,
    start: (sql, limit) => void start(sql, limit),
    cancel: () => current.current?.abort(),
  };
}
