import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { answerFile, FILE_FORMATS } from './answer-file.ts';
import { queryRequest } from './request.ts';
import { runMetricQuery } from './run-query.ts';

const MAX_ROWS = 10_000;

/** Headers by column name, for files in the reader's language. */
export const headers = z.record(z.string().max(200), z.string().max(300)).default({});

export const exportAnswer = defineEndpoint({
  name: 'analytics.export',
  summary: 'Computes metrics and answers them as a CSV file or a workbook, with up to 10,000 rows.',
  access: 'viewer',
  input: z.strictObject({
    format: z.enum(FILE_FORMATS),
    /** Body of `POST /api/analytics/query`; its limit does not count here. */
    query: queryRequest,
    /** Column → header, where that is not to be the column's label. */
    headers,
  }),
  output: z.unknown(),
  example: { format: 'csv', query: { metrics: ['revenue'], dimensions: ['country'] } },
  handle: async (ctx, { format, query, headers }) => {
    const { columns, ...answer } = await runMetricQuery(ctx, { ...query, limit: MAX_ROWS });
    const named = columns.map((column) => ({ ...column, label: headers[column.name] ?? column.label }));
    return answerFile(
      { ...answer, columns: named },
      format,
      query.metrics
        .join('-')
        .replaceAll(/[^\w-]+/g, '-')
        .slice(0, 80),
    );
  },
});
