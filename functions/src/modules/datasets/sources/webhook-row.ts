import type { SourceRecord } from './kind.ts';

/** An event as a row: what the mapping made of the delivery, and what event it was. */
export const rowOf = ({
  id,
  type,
  at,
  data,
}: {
  readonly id: string;
  readonly type: string;
  /** RFC 3339 */
  readonly at: string;
  readonly data: SourceRecord;
}): SourceRecord => ({ ...data, 'event.id': id, 'event.type': type, 'event.at': at });
