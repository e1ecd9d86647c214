import { permits } from '../../../kernel/access.ts';
import type { TenantContext } from '../../../kernel/context.ts';
import type { AskableTable } from '../../../kernel/ports/questions.ts';
import type { WarehouseColumn } from '../../../kernel/ports/warehouse.ts';
import {
  CHILD_COLUMNS,
  HISTORY_COLUMNS,
  LOG_COLUMNS,
  withoutColumns,
} from '../../../kernel/warehouse/platform-columns.ts';
import { historyName, warehouseTables } from '../../../kernel/warehouse/warehouse-tables.ts';
import { type DatasetTable, datasetTables } from '../../datasets/module.ts';
import { type Dialect, dialectOf } from '../compile/dialect.ts';
import { collectionSource, type Source } from '../sources.ts';
import { sqlName } from './names.ts';

export const TABLE_KINDS = ['collection', 'elements', 'history', 'dataset'] as const;

export interface SqlTable extends AskableTable {
  readonly label: string;
  readonly kind: (typeof TABLE_KINDS)[number];
}

type Head = Pick<AskableTable, 'columns'>['columns'];

const ELEMENT: Head = withoutColumns(CHILD_COLUMNS, 'tenant_id');
const HISTORY: Head = withoutColumns(HISTORY_COLUMNS, 'tenant_id');
/** `AT` is a word of GoogleSQL, so the log's time has another name here. */
const CHANGES: Head = withoutColumns(LOG_COLUMNS, 'tenant_id').map(({ name, type }) => ({
  name: name === 'at' ? 'changed_at' : name,
  type,
}));

/** Writes the SELECTs that stand for the tables of one caller. The tenant is put in here, into every one of them. */
interface Writer {
  readonly ctx: TenantContext;
  readonly dialect: Dialect;
  readonly from: (table: string, alias: string) => string;
}

/** Every table the caller may ask in SQL, with the rows and columns they may see, and no others. */
export async function askableTables(ctx: TenantContext): Promise<readonly SqlTable[]> {
  const { registry, ports } = ctx.app;
  const writer: Writer = {
    ctx,
    dialect: dialectOf(ports.warehouse.engine),
    from: (table, alias) => `${ports.warehouse.nameOf(table)} AS ${alias}`,
  };
  const tables: SqlTable[] = [];
  const logged: Source[] = [];
  for (const { collection: name, name: table } of warehouseTables(registry)) {
    const options = registry.collections.get(name)?.options;
    // What no list shows is no table either.
    if (!options || options.api === 'none' || !permits(ctx.caller, `${name}.read`)) continue;
    const source = collectionSource(ctx.app, ctx, name);
    if (!source) continue;
    tables.push(...tablesOf(writer, source, table, options.labels.many));
    // A version of long ago does not tell whether the caller may see the record.
    if (source.rowFilter === undefined) logged.push(source);
  }
  tables.push(changesTable(writer, logged));
  const taken = new Set(tables.map(({ name }) => name));
  if (permits(ctx.caller, 'datasets.datasets.read'))
    for (const dataset of await datasetTables(ctx, ports)) tables.push(...datasetOf(writer, dataset, taken));
  return tables;
}

function tablesOf(writer: Writer, source: Source, table: string, label: string): SqlTable[] {
  const { quote, isTenant } = writer.dialect;
  const visible = source.columns.filter(({ path }) => !source.hidden.has(path[0] ?? ''));
  const filters = Object.entries(source.rowFilter ?? {});
  const parameters = [writer.ctx.tenantId, ...filters.map(([, value]) => value)];
  const may = filters.map(([path], index) => `r.${quote(columnAt(source, path))} = $${index + 2}`);
  const alive = [isTenant('r', '$1'), 'NOT r.deleted', ...may].join(' AND ');
  const records: SqlTable = {
    name: table,
    label,
    kind: 'collection',
    columns: heads(visible),
    sql: `SELECT ${list(writer, 'r', visible)} FROM ${writer.from(table, 'r')} WHERE ${alive}`,
    parameters,
  };
  const elements = source.children
    .filter(({ field }) => !source.hidden.has(field))
    .map((child): SqlTable => {
      const columns = [...ELEMENT, ...heads(child.columns)];
      const joined =
        may.length > 0
          ? ` JOIN ${writer.from(table, 'r')} ON r.tenant_id = e.tenant_id AND r.id = e.record_id AND ${alive}`
          : '';
      return {
        name: child.name,
        label: `${label}: ${child.field}`,
        kind: 'elements',
        columns,
        sql: `SELECT ${list(writer, 'e', columns)} FROM ${writer.from(child.name, 'e')}${joined} WHERE ${isTenant('e', '$1')}`,
        parameters,
      };
    });
  if (may.length > 0) return [records, ...elements];
  const own = new Set(HISTORY.map(({ name }) => name));
  const then = visible.filter(({ name }) => !own.has(name) && !META.has(name));
  const columns = [...HISTORY, ...heads(then)];
  const history: SqlTable = {
    name: historyName({ name: table }),
    label: `${label}: history`,
    kind: 'history',
    columns,
    sql: `SELECT ${list(writer, 'r', columns)} FROM ${writer.from(historyName({ name: table }), 'r')} WHERE ${isTenant('r', '$1')}`,
    parameters: [writer.ctx.tenantId],
  };
  return [records, ...elements, history];
}

/** Of the state only: a history says when and by whom in columns of its own. */
const META = new Set(['created_at', 'updated_at', 'created_by']);

/** The log, of the collections all of whose records the caller may see, which may be none; what a change changed only where no field is hidden. */
function changesTable({ ctx, dialect, from }: Writer, sources: readonly Source[]): SqlTable {
  const parameters: string[] = [ctx.tenantId];
  const among = (some: readonly Source[]): string =>
    some.length > 0
      ? `r.collection IN (${some.map(({ name }) => `$${parameters.push(name)}`).join(', ')})`
      : 'FALSE';
  const open = sources.filter(({ hidden }) => hidden.size === 0);
  const { quote } = dialect;
  const columns = CHANGES.map(({ name }) => {
    if (name === 'patch') return `CASE WHEN ${among(open)} THEN r.patch END AS patch`;
    // AT is a reserved word of GoogleSQL.
    return `r.${quote(name === 'changed_at' ? 'at' : name)} AS ${quote(name)}`;
  });
  return {
    name: 'changes',
    label: 'Changes',
    kind: 'history',
    columns: CHANGES,
    sql: `SELECT ${columns.join(', ')} FROM ${from('changes', 'r')} WHERE ${dialect.isTenant('r', '$1')} AND ${among(sources)}`,
    parameters,
  };
}

function datasetOf({ dialect }: Writer, dataset: DatasetTable, taken: Set<string>): SqlTable[] {
  const { quote } = dialect;
  const columns = heads(dataset.columns.filter(({ visible }) => visible));
  if (columns.length === 0) return [];
  const empty = columns.map(({ name, type }) => `CAST(NULL AS ${dialect.typeName(type)}) AS ${quote(name)}`);
  return [
    {
      name: sqlName(dataset.name, taken),
      label: dataset.name,
      kind: 'dataset',
      columns,
      sql: dataset.relation
        ? `SELECT ${columns.map(({ name }) => quote(name)).join(', ')} FROM ${dataset.relation} AS d`
        : `SELECT ${empty.join(', ')} FROM (SELECT 1 AS one) AS d WHERE FALSE`,
      parameters: [],
      filesOnly: true,
    },
  ];
}

const heads = (columns: Head): Head => columns.map(({ name, type }) => ({ name, type }));
const list = ({ dialect: { quote } }: Writer, alias: string, columns: Head): string =>
  columns.map(({ name }) => `${alias}.${quote(name)} AS ${quote(name)}`).join(', ');

function columnAt({ name, columns }: Source, path: string): string {
  const found = columns.find((each: WarehouseColumn) => each.path.join('.') === path);
  if (!found) throw new TypeError(`${name}: records are shown by ${path}, which is no column`);
  return found.name;
}
