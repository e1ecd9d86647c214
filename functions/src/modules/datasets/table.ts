import { hasRole } from '../../kernel/access.ts';
import type { Ports, Scope } from '../../kernel/context.ts';
import type { ColumnType } from '../../kernel/ports/warehouse.ts';
import { type Dataset, datasets } from './datasets.collection.ts';
import { relationOf } from './sql.ts';

const PAGE = 200;

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
  return dataset && tableOf(scope, ports, dataset);
}

/** All datasets of the scope's tenant that the caller may know of, the oldest first. */
export async function datasetTables(
  scope: Pick<Scope, 'tenantId' | 'caller' | 'repo'>,
  ports: Ports,
): Promise<DatasetTable[]> {
  const found: DatasetTable[] = [];
  const sort = [{ field: 'createdAt', direction: 'asc' }] as const;
  for (let after: readonly unknown[] | undefined; ; ) {
    const { items, nextCursor } = await scope.repo(datasets).list({ sort, limit: PAGE, after });
    found.push(...items.map((dataset) => tableOf(scope, ports, dataset)));
    const last = items.at(-1);
    if (!nextCursor || !last) return found;
    after = [last.createdAt, last.id];
  }
}

function tableOf(
  { tenantId, caller }: Pick<Scope, 'tenantId' | 'caller'>,
  ports: Ports,
  dataset: Dataset,
): DatasetTable {
  const { id, name, version } = dataset;
  const columns = dataset.columns.map((column) => ({
    name: column.name,
    type: column.type,
    visible: !column.pii || hasRole(caller, 'editor'),
  }));
  const relation = dataset.parts.length > 0 ? relationOf(ports, tenantId, dataset) : undefined;
  return { id, name, version, columns, relation };
}
