import { z } from 'zod';
import { defineEndpoint } from '../../../kernel/define.ts';
import { answerFile, FILE_FORMATS, type FileColumn } from '../answer-file.ts';
import { askSql, sqlText } from './ask.ts';

export const exportSql = defineEndpoint({
  name: 'analytics.sql.export',
  summary: 'Answers one GoogleSQL query as a CSV file or a workbook, with up to 10,000 rows.',
  access: 'editor',
  input: z.strictObject({ format: z.enum(FILE_FORMATS), sql: sqlText }),
  output: z.unknown(),
  example: { format: 'csv', sql: 'SELECT collection, COUNT(*) AS changes FROM changes GROUP BY collection' },
  handle: async (ctx, { format, sql }) => {
    const { columns, ...answer } = await askSql(ctx, { sql });
    const described = columns.map(({ name, type }) => ({ name, label: name, type: cellType(type) }));
    return answerFile({ ...answer, columns: described }, format, 'query');
  },
});

/** How a workbook shows values of a GoogleSQL type. */
function cellType(type: string): FileColumn['type'] {
  if (/^(INT64|FLOAT64|(BIG)?NUMERIC)\b/.test(type)) return 'number';
  return /^(DATE|DATETIME|TIMESTAMP)\b/.test(type) ? 'time' : 'text';
}
