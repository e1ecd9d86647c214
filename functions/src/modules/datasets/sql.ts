import type { Ports } from '../../kernel/context.ts';
import type { Dataset } from './datasets.collection.ts';

/** A column's name as SQL has it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What stands in `FROM` for all rows of a dataset. */
export const relationOf = ({ datasets }: Ports, tenantId: string, { id, parts, key }: Dataset): string =>
  datasets.relation(
    tenantId,
    id,
    parts.map(({ name }) => name),
    key,
  );
