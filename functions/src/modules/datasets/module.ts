import { defineModule } from '../../kernel/define.ts';
import { datasets, loads, uploads } from './datasets.collection.ts';
import { cancel, loading, start } from './load.ts';
import { profile, quarantine, rows } from './read.ts';
import { reload } from './reload.ts';
import { upload } from './upload.ts';

export const datasetsModule = defineModule({
  name: 'datasets',
  collections: [datasets, uploads, loads],
  endpoints: [upload, start, cancel, reload, rows, profile, quarantine],
  jobs: [loading],
});
