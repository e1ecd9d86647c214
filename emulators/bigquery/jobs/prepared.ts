import type { Json } from '../rest/input.ts';
import type { Job } from './job.ts';

/** A job that was checked and can be run. */
export interface PreparedJob {
  readonly statistics: Json;
  /** What a dry run answers; undefined where there is none. */
  readonly dryRun?: Json;
  /** Whether nothing but its answer comes of it: such a job is recorded when there is time. */
  readonly isRead: boolean;
  execute(job: Job): Promise<void>;
}
