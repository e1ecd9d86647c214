import { defineModule } from '../../kernel/define.ts';
import { importJobs } from '../../kernel/import-job.ts';
import { cancel } from './cancel.ts';
import { errors } from './errors.ts';
import { run } from './run.ts';

/** Files that become records. The upload itself is `POST` to a collection's `/import`. */
export const imports = defineModule({
  name: 'imports',
  collections: [importJobs],
  endpoints: [cancel, errors],
  subscribers: [run],
});
