import type { WarehouseChildTable, WarehouseColumn, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import { tenantKey } from '../../kernel/warehouse/sql-words.ts';
import { META_COLUMNS } from '../../kernel/warehouse/warehouse-tables.ts';
import { quoteName, quoteText } from './database.ts';
import { SQL_TYPES, type StoredTable, versionsName } from './schema.ts';
import type { Shape, ShapedColumn } from './shape.ts';

/** How the versions of records in `staged` get into the tables of one collection. In all statements `$1` is its name. */
export interface TablePlan {
  readonly declared: WarehouseTable;
  /** What a record must be like for its columns to be read from its JSON. */
  readonly shape: Shape;
  /** Takes out the rows that are about to be written again. @param range condition on `$locator` that leads to them */
  forget(range: string): readonly string[];
  readonly write: readonly string[];
}

/** Column of the platform → where in `staged` it comes from. */
type Sources = Readonly<Record<string, string>>;

const STATE_SOURCES: Sources = {
  $locator: 's.locator',
  $tenant: tenantKey('s.tenant_id'),
  $run: '0',
  tenant_id: 's.tenant_id',
  id: 's.record_id',
  version: 's.version',
  deleted: 's.deleted',
  record: 's.record',
};

const VERSION_SOURCES: Sources = {
  $locator: 's.locator',
  $tenant: tenantKey('s.tenant_id'),
  $run: '0',
  tenant_id: 's.tenant_id',
  id: 's.record_id',
  version: 's.version',
  operation: 's.operation',
  actor_kind: 's.actor_kind',
  actor_id: 's.actor_id',
  change_id: 's.id',
  valid_from: 's."at"',
  deleted: 's.deleted',
};

const CHILD_SOURCES: Sources = {
  $locator: 's.locator',
  $tenant: tenantKey('s.tenant_id'),
  $run: '0',
  tenant_id: 's.tenant_id',
  record_id: 's.record_id',
  position: 's.position',
};

export function planOf(declared: WarehouseTable, stored: ReadonlyMap<string, StoredTable>): TablePlan {
  const own = typedAs(declared.columns, stored.get(declared.name));
  const children = declared.children.map((child) => ({
    child,
    columns: typedAs(child.columns, stored.get(child.name)),
  }));
  return {
    declared,
    shape: {
      columns: [...META_COLUMNS, ...own],
      children: children.map(({ child, columns }) => ({ field: child.field, columns })),
    },
    forget: (range) => [
      `DELETE FROM ${quoteName(declared.name)} WHERE rowid IN (SELECT old_row FROM staged WHERE collection = $1 AND old_row IS NOT NULL)`,
      ...declared.children.map(
        ({ name }) =>
          `DELETE FROM ${quoteName(name)} AS c USING staged AS s WHERE s.collection = $1 AND s.old_row IS NOT NULL
           AND s.locator = c."$locator" AND s.record_id = c.record_id AND s.tenant_id = c.tenant_id AND c."$locator" ${range}`,
      ),
    ],
    write: [
      insert(declared.name, [...META_COLUMNS, ...own], STATE_SOURCES, 's.stands'),
      insert(versionsName(declared), own, VERSION_SOURCES, 's.historic'),
      ...children.map(({ child, columns }) => insertElements(child, columns)),
    ],
  };
}

/** The declared columns with the types they have in the file. */
function typedAs(columns: readonly WarehouseColumn[], stored: StoredTable = []): ShapedColumn[] {
  const types = new Map(stored.map(({ name, type }) => [name, type]));
  return columns.map((column) => ({ ...column, type: types.get(column.name) ?? column.type }));
}

function insert(
  table: string,
  columns: readonly ShapedColumn[],
  sources: Sources,
  condition: string,
): string {
  const values = columns.map(({ path }) => `s.t.${path.map(quoteName).join('.')}`);
  return `${insertInto(table, [...Object.keys(sources), ...columns.map(({ name }) => name)])}
    SELECT ${[...Object.values(sources), ...values].join(', ')} FROM (${typed(structureOf(columns), condition)}) AS s`;
}

/** A row an element, with what it repeats of its record. */
function insertElements(child: WarehouseChildTable, columns: readonly ShapedColumn[]): string {
  const { name, field, inherited = [] } = child;
  const structure: Structure = { ...structureOf(inherited), [field]: [structureOf(columns)] };
  const repeated = inherited.map(
    ({ path }, index) => `s.t.${path.map(quoteName).join('.')} AS inherited_${index}`,
  );
  const records = `SELECT s.locator, s.tenant_id, s.record_id, ${[...repeated, `s.t.${quoteName(field)} AS elements`].join(', ')}
    FROM (${typed(structure, 's.stands AND NOT s.deleted')}) AS s`;
  const names = [...Object.keys(CHILD_SOURCES), ...[...inherited, ...columns].map((column) => column.name)];
  const values = [
    ...Object.values(CHILD_SOURCES),
    ...inherited.map((_, index) => `s.inherited_${index}`),
    ...columns.map(({ path }) => `s.element.${path.map(quoteName).join('.')}`),
  ];
  return `${insertInto(name, names)} SELECT ${values.join(', ')} FROM (
      SELECT *, unnest(elements) AS element, generate_subscripts(elements, 1) - 1 AS position FROM (${records})
    ) AS s`;
}

const insertInto = (table: string, columns: readonly string[]): string =>
  `INSERT INTO ${quoteName(table)} (${columns.map(quoteName).join(', ')})`;

const typed = (structure: object, condition: string): string =>
  `SELECT s.*, json_transform(COALESCE(s.fitting, s.record), ${quoteText(JSON.stringify(structure))}) AS t
   FROM staged AS s WHERE s.collection = $1 AND ${condition}`;

type Structure = { [name: string]: string | Structure | [Structure] };

/** What `json_transform` takes: `{"address":{"city":"VARCHAR"}}`. */
function structureOf(columns: readonly ShapedColumn[]): Structure {
  // Never empty, which DuckDB would not take.
  const structure: Structure = { version: 'BIGINT' };
  for (const { path, type } of columns) {
    let place = structure;
    for (const name of path.slice(0, -1)) {
      place[name] ??= {};
      place = place[name] as Structure;
    }
    place[path.at(-1) ?? ''] = type === 'json' ? 'JSON' : SQL_TYPES[type];
  }
  return structure;
}
