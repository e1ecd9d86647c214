import { z } from 'zod';
import { Problem } from '../../../kernel/errors.ts';

/**
 * How long rows are kept. Rows go with the load that brought them, never one by one: without `column` when the load is
 * older than `days`; with one (a date or time) when all the rows of the load are. Rows without a time keep nothing.
 */
export const retention = z.strictObject({
  days: z.int().min(1).max(36_500),
  column: z.string().max(80).optional(),
});

/** Throws a 422 Problem for a column that says no time. */
export function refuseUnfit(dataset: {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly retention?: z.output<typeof retention> | undefined;
}): void {
  const wanted = dataset.retention?.column;
  if (wanted === undefined) return;
  const type = dataset.columns.find(({ name }) => name === wanted)?.type;
  if (type === 'date' || type === 'timestamp') return;
  const message = 'Choose a column of the dataset that holds dates or times.';
  const errors = [{ path: 'retention.column', message, code: 'bad_value' }];
  throw new Problem('invalid', 'There are fields to correct.', { errors });
}
