import { z } from 'zod';
import { defineCollection, type RecordOf } from '../../../kernel/define.ts';

/** Events of inbound webhooks on their way into a dataset: one of each for each source, so none comes in twice. */
export const sourceEvents = defineCollection({
  name: 'datasets.source-events',
  idPrefix: 'sev',
  labels: { one: 'source event', many: 'source events' },
  fields: {
    sourceId: z.string(),
    /** The run it goes with: 0 before it goes with any. */
    batch: z.int().min(0),
    /** JSON of the row. */
    row: z.string(),
  },
  access: { read: () => false, create: () => false, update: () => false, delete: () => false },
  // Large, and personal.
  secret: ['row'],
  filters: ['sourceId', 'batch'],
  unindexed: ['row'],
  example: { sourceId: 'src_01JD0000000000000000000000', batch: 0, row: '{}' },
  api: 'none',
  warehouse: 'none',
});
export type SourceEvent = RecordOf<typeof sourceEvents>;
