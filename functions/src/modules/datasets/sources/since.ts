import type { Since } from './kind.ts';
import type { Source } from './sources.collection.ts';

/** From where on a source is read; undefined when it is read as a whole. */
export function sinceOf({ incremental, cursor, mode }: Source): Since | undefined {
  if (!incremental) return undefined;
  const { field, kind, lag = 0 } = incremental;
  const greatest = cursor?.greatest;
  return {
    field,
    kind,
    // What has the same value as the greatest may come twice: then its key tells, or else none of it is read again.
    inclusive: mode === 'upsert',
    ...(greatest === undefined ? {} : { value: less(String(greatest), kind, lag) }),
  };
}

/** @param lag seconds of a time */
function less(value: string, kind: Since['kind'], lag: number): string {
  if (lag === 0 || kind === 'text') return value;
  if (kind === 'number') return String(Number(value) - lag);
  // What is below the millisecond stays as it is.
  const [, below = ''] = /\.\d{3}(\d+)Z$/.exec(value) ?? [];
  return new Date(Date.parse(value) - lag * 1_000).toISOString().replace('Z', `${below}Z`);
}
