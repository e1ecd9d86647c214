import { allows, decide, type RecordFilter } from '../../kernel/access.ts';
import type { App, Scope } from '../../kernel/context.ts';
import type { ColumnType, WarehouseChildTable, WarehouseColumn } from '../../kernel/ports/warehouse.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { datasetTable } from '../datasets/module.ts';

/** Rows that metrics are computed over, as one caller of one tenant may see them. */
export interface Source {
  /** `finance.invoices`, `dataset:dat_…` */
  readonly name: string;
  /** Of a dataset, its id and the version of its record. */
  readonly dataset?: { readonly id: string; readonly version: number };
  /**
   * What holds the rows: a table of all tenants' records, or SQL that holds this tenant's rows and nothing else;
   * undefined when there are none yet.
   */
  readonly rows: { readonly table: string } | { readonly relation: string } | undefined;
  readonly columns: readonly WarehouseColumn[];
  readonly children: readonly WarehouseChildTable[];
  /** Paths of which no two rows have the same value; undefined when any may be looked up, one row for each value. */
  readonly unique: readonly string[] | undefined;
  /** Fields the caller may not read. */
  readonly hidden: ReadonlySet<string>;
  /** The rows the caller may see; absent for all. */
  readonly rowFilter?: RecordFilter;
}

const DATASET = 'dataset:';
export const isDataset = (source: string): boolean => source.startsWith(DATASET);

/** What every record has beside its fields. */
const META: readonly WarehouseColumn[] = (
  [
    ['id', 'id', 'string'],
    ['version', 'version', 'integer'],
    ['createdAt', 'created_at', 'timestamp'],
    ['updatedAt', 'updated_at', 'timestamp'],
    ['createdBy', 'created_by', 'string'],
  ] as const satisfies readonly (readonly [string, string, ColumnType])[]
).map(([path, name, type]) => ({ path: [path], name, type }));

export type Reader = Pick<Scope, 'tenantId' | 'caller' | 'repo'>;

/** A collection or a dataset; undefined when there is none the caller may know of. */
export async function readSource(app: App, reader: Reader, name: string): Promise<Source | undefined> {
  return isDataset(name) ? datasetSource(app, reader, name) : collectionSource(app, reader, name);
}

/** A collection's records as its access rules and those of its fields show them to the caller, as lists and reads do. */
export function collectionSource(
  { registry }: Pick<App, 'registry'>,
  { caller }: Pick<Reader, 'caller'>,
  name: string,
): Source | undefined {
  const collection = registry.collections.get(name);
  const table = warehouseTables(registry).find((each) => each.collection === name);
  if (!collection || !table) return undefined;
  const { access, fieldAccess = {}, unique = [] } = collection.options;
  const decision = decide(access.read, caller);
  if (decision === false) return undefined;
  const hidden = Object.entries(fieldAccess)
    .filter(([, { read }]) => read !== undefined && !allows(decide(read, caller), {}))
    .map(([field]) => field);
  return {
    name,
    rows: { table: table.name },
    columns: [...META, ...table.columns],
    children: table.children,
    unique: ['id', ...unique],
    hidden: new Set(hidden),
    ...(typeof decision === 'object' ? { rowFilter: decision } : {}),
  };
}

async function datasetSource(
  { ports }: Pick<App, 'ports'>,
  reader: Reader,
  name: string,
): Promise<Source | undefined> {
  const found = await datasetTable(reader, ports, name.slice(DATASET.length));
  if (!found) return undefined;
  return {
    name,
    dataset: { id: found.id, version: found.version },
    rows: found.relation === undefined ? undefined : { relation: found.relation },
    columns: found.columns.map(({ name: column, type }) => ({ name: column, type, path: [column] })),
    children: [],
    unique: undefined,
    hidden: new Set(found.columns.filter(({ visible }) => !visible).map(({ name: column }) => column)),
  };
}
