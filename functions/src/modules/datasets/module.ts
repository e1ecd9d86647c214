import { defineModule } from '../../kernel/define.ts';
import { datasets, loads, uploads } from './datasets.collection.ts';
import { exportRows } from './export-rows.ts';
import { cancel, loading, start } from './load.ts';
import { check } from './quality/check.ts';
import { failing } from './quality/failing.ts';
import { freshness } from './quality/freshness.ts';
import { rules } from './quality/rules.collection.ts';
import { suggestions } from './quality/suggest.ts';
import { profile, quarantine, rows } from './read.ts';
import { reload } from './reload.ts';
import { upkeep } from './retention/schedule.ts';
import { compacting } from './sources/compact.ts';
import { sourceEvents } from './sources/events.collection.ts';
import { notices } from './sources/notices.collection.ts';
import { onEvent, streamingIn } from './sources/on-event.ts';
import { preview } from './sources/preview.ts';
import { due, fetching, run } from './sources/run.ts';
import { sources } from './sources/sources.collection.ts';
import { upkeep as sourceUpkeep } from './sources/upkeep.ts';
import { choose, upload } from './upload.ts';

/** The read-only queries other modules use. */
export { datasetLineage, type Lineage, maySee } from './lineage.ts';
export { type DatasetTable, datasetTable, datasetTables } from './table.ts';

export const datasetsModule = defineModule({
  name: 'datasets',
  collections: [datasets, uploads, loads, sources, sourceEvents, notices, rules],
  endpoints: [
    upload,
    choose,
    start,
    cancel,
    reload,
    rows,
    profile,
    quarantine,
    preview,
    run,
    check,
    failing,
    suggestions,
    exportRows,
  ],
  subscribers: [onEvent],
  schedules: [freshness, upkeep, sourceUpkeep],
  jobs: [loading, fetching, due, streamingIn, compacting],
});
