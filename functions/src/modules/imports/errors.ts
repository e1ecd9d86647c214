import { z } from 'zod';
import { defineEndpoint, Reply } from '../../kernel/define.ts';
import { importJobs } from '../../kernel/import-job.ts';
import type { DocumentStore } from '../../kernel/ports/documents.ts';
import type { RowError } from '../../kernel/tables/rows.ts';
import { MEDIA_TYPES } from '../../kernel/tables/types.ts';
import { writeTable } from '../../kernel/tables/write-table.ts';
import { errorPages } from './tally.ts';

const COLUMNS = ['row', 'line', 'field', 'message'].map((path) => ({
  path,
  type: { kind: 'string', optional: true } as const,
}));

/** Every row an import refused and why, as CSV: also those beyond the first thousand, which the job itself lists. */
export const errors = defineEndpoint({
  name: 'imports.jobs.errors',
  method: 'GET',
  summary: 'Download everything an import refused, as CSV',
  access: 'viewer',
  input: z.strictObject({ id: z.string() }),
  output: z.string(),
  example: { id: 'imp_01JD0000000000000000000000' },
  handle: async (ctx, { id }) => {
    const job = await ctx.repo(importJobs).require(id);
    const rows = readErrors(ctx.ports.documents, ctx.tenantId, job.id);
    return new Reply(200, writeTable(rows, 'csv', COLUMNS), {
      'content-type': MEDIA_TYPES.csv,
      'content-disposition': `attachment; filename="${job.id}-errors.csv"`,
    });
  },
});

async function* readErrors(
  documents: DocumentStore,
  tenantId: string,
  jobId: string,
): AsyncGenerator<RowError & Record<string, unknown>> {
  let after: string | undefined;
  do {
    const [page] = await documents.query({
      collection: errorPages(tenantId, jobId),
      orderBy: [['offset', 'asc']],
      ...(after ? { startAfter: JSON.parse(after) as unknown[] } : {}),
      limit: 1,
    });
    if (page) yield* JSON.parse(String(page.data.errors)) as (RowError & Record<string, unknown>)[];
    after = page && JSON.stringify([page.data.offset, page.id]);
  } while (after);
}
