import type { Json } from '../rest/input.ts';
import type { Job } from './job.ts';

/** A job that was checked and can be run. */
export interface PreparedJob {
  readonly statistics: Json;
  /** What a dry run answers; undefined where there is none. */
  readonly dryRun?: Json;
  execute(job: Job): Promise<void>;
}
