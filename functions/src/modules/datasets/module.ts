import { defineModule } from '../../kernel/define.ts';
import { datasets, loads, uploads } from './datasets.collection.ts';
import { cancel, loading, start } from './load.ts';
import { profile, quarantine, rows } from './read.ts';
import { reload } from './reload.ts';
import { notices } from './sources/notices.collection.ts';
import { preview } from './sources/preview.ts';
import { due, fetching, run } from './sources/run.ts';
import { sources } from './sources/sources.collection.ts';
import { upload } from './upload.ts';

/** The read-only query other modules use. */
export { type DatasetTable, datasetTable } from './table.ts';

export const datasetsModule = defineModule({
  name: 'datasets',
  collections: [datasets, uploads, loads, sources, notices],
  endpoints: [upload, start, cancel, reload, rows, profile, quarantine, preview, run],
  jobs: [loading, fetching, due],
});
