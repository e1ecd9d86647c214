import { z } from 'zod';
import { defineCollection } from '../../../kernel/define.ts';

/** What somebody should be told of a source: its event `datasets.source-notices.created` can be sent on. */
export const notices = defineCollection({
  name: 'datasets.source-notices',
  idPrefix: 'srn',
  labels: { one: 'source notice', many: 'source notices' },
  fields: {
    sourceId: z.string(),
    /** Its name at that time. */
    source: z.string(),
    datasetId: z.string(),
    kind: z.enum(['paused']),
    /** Runs that failed in a row. */
    failures: z.int().min(1),
    reason: z.string().max(2_000),
  },
  access: { read: 'editor', create: () => false, update: () => false, delete: () => false },
  filters: ['sourceId', 'datasetId', 'kind'],
  unindexed: ['reason', 'source', 'failures'],
  example: {
    sourceId: 'src_01JD0000000000000000000000',
    source: 'Daily orders',
    datasetId: 'dat_01JD0000000000000000000000',
    kind: 'paused',
    failures: 5,
    reason: 'It answered 401: it does not accept these credentials.',
  },
  api: 'read-only',
  warehouse: 'none',
});
