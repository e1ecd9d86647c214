import { Problem } from '../../kernel/errors.ts';
import type { Dataset, Upload } from './datasets.collection.ts';

/** Refuses to guess: where texts of a file can be read in several ways, the dataset has to say in which. */
export function refuseUndecided({ columns }: Dataset, found: Upload['columns']): void {
  const readings = new Map(
    found.flatMap(({ source, format, alternatives }) =>
      format && alternatives?.length ? [[source, [format, ...alternatives]] as const] : [],
    ),
  );
  const errors = columns.flatMap(({ source, type, format }) => {
    const open = type === 'string' || format ? undefined : readings.get(source);
    if (!open) return [];
    const names = open.map((each) =>
      'pattern' in each ? each.pattern : each.kind === 'number' ? `decimal ${each.decimal}` : each.kind,
    );
    return [
      {
        path: 'datasetId',
        message: `${source} can be read as ${names.join(' or ')}. Declare the format of the column.`,
        code: 'undecided_column',
      },
    ];
  });
  if (errors.length > 0)
    throw new Problem('invalid', 'The file can be read in more than one way.', { errors });
}
