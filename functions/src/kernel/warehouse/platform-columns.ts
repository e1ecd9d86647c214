import type { ColumnType } from '../ports/warehouse.ts';

/** A column that is the platform's and not a collection's. */
export interface PlatformColumn {
  readonly name: string;
  readonly type: ColumnType;
}

const column = (name: string, type: ColumnType): PlatformColumn => ({ name, type });

/** Columns every table of current state has, before those of its collection. */
export const STATE_COLUMNS: readonly PlatformColumn[] = [
  column('tenant_id', 'string'),
  column('id', 'string'),
  column('version', 'integer'),
  column('created_at', 'timestamp'),
  column('updated_at', 'timestamp'),
  column('created_by', 'string'),
  column('deleted', 'boolean'),
  column('record', 'json'),
];

/** Columns every history has, before those of its collection; `valid_to` is null for the version that stands. */
export const HISTORY_COLUMNS: readonly PlatformColumn[] = [
  column('tenant_id', 'string'),
  column('id', 'string'),
  column('version', 'integer'),
  column('operation', 'string'),
  column('actor_kind', 'string'),
  column('actor_id', 'string'),
  column('change_id', 'string'),
  column('valid_from', 'timestamp'),
  column('valid_to', 'timestamp'),
  column('deleted', 'boolean'),
];

/** Columns every child table has: the record it belongs to and the element's place, from 0. */
export const CHILD_COLUMNS: readonly PlatformColumn[] = [
  column('tenant_id', 'string'),
  column('record_id', 'string'),
  column('position', 'integer'),
];

/** Columns of the log, `changes`. */
export const LOG_COLUMNS: readonly PlatformColumn[] = [
  column('tenant_id', 'string'),
  column('id', 'string'),
  column('collection', 'string'),
  column('record_id', 'string'),
  column('version', 'integer'),
  column('operation', 'string'),
  column('event', 'string'),
  column('actor_kind', 'string'),
  column('actor_id', 'string'),
  column('actor_reason', 'string'),
  column('request_id', 'string'),
  column('patch', 'json'),
  column('at', 'timestamp'),
];

export const withoutColumns = (
  columns: readonly PlatformColumn[],
  ...names: readonly string[]
): readonly PlatformColumn[] => columns.filter(({ name }) => !names.includes(name));
