import { hasRole } from '../../kernel/access.ts';
import type { Ports, Scope } from '../../kernel/context.ts';
import type { ColumnType } from '../../kernel/ports/warehouse.ts';
import { datasets } from './datasets.collection.ts';

/** A dataset as SQL may be written over it. */
export interface DatasetTable {
  readonly id: string;
  readonly name: string;
  /** Of the record; another one when columns or parts have changed. */
  readonly version: number;
  readonly columns: readonly {
    readonly name: string;
    readonly type: ColumnType;
    /** Whether the caller may see it. */
    readonly visible: boolean;
  }[];
  /** What stands in FROM of the warehouse's SQL; it holds the rows of this tenant's dataset only. Undefined before the first load. */
  readonly relation: string | undefined;
}

/** A dataset of the scope's tenant; undefined when there is none that the caller may know of. */
export async function datasetTable(
  scope: Pick<Scope, 'tenantId' | 'caller' | 'repo'>,
  ports: Ports,
  id: string,
): Promise<DatasetTable | undefined> {
  const dataset = await scope.repo(datasets).get(id);
  if (!dataset) return undefined;
  const { name, version } = dataset;
  const columns = dataset.columns.map((column) => ({
    name: column.name,
    type: column.type,
    visible: !column.pii || hasRole(scope.caller, 'editor'),
  }));
  const parts = dataset.parts.map((part) => part.name);
  const relation = parts.length > 0 ? ports.datasets.relation(scope.tenantId, id, parts) : undefined;
  return { id, name, version, columns, relation };
}
