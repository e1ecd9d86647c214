import type { Collection } from '../define.ts';
import type { FieldType } from '../fields.ts';
import { oncePer } from '../once-per.ts';
import type { ColumnType, WarehouseChildTable, WarehouseColumn, WarehouseTable } from '../ports/warehouse.ts';
import type { Registry } from '../registry.ts';

/** Columns every table of current state has, before those of its collection. */
export const STATE_COLUMNS = [
  'tenant_id',
  'id',
  'version',
  'created_at',
  'updated_at',
  'created_by',
  'deleted',
  'record',
] as const;

/** Columns every child table has: the record it belongs to and the element's place, from 0. */
export const CHILD_COLUMNS = ['tenant_id', 'record_id', 'position'] as const;

/**
 * The warehouse tables of a registry's collections; the same array for the same registry.
 * Scalars and nested objects become snake_case columns, arrays of objects child tables, other arrays JSON.
 * Secret fields and collections with `warehouse: 'none'` are left out. Throws a TypeError when two tables share a name.
 */
export const warehouseTables = oncePer(
  ({ collections }: Pick<Registry, 'collections'>): readonly WarehouseTable[] => {
    const tables = [...collections.values()]
      .filter((collection) => collection.options.warehouse !== 'none')
      .map(warehouseTable);
    refuseClashes(tables);
    return tables;
  },
);

/** The table of one collection. */
export function warehouseTable(collection: Collection): WarehouseTable {
  const secret = new Set(collection.options.secret);
  const fields = new Map([...collection.fieldTypes].filter(([name]) => !secret.has(name)));
  const name = snakeCase(collection.key);
  const children: WarehouseChildTable[] = [];
  for (const [field, type] of fields) {
    if (type.kind !== 'array' || type.element.kind !== 'object') continue;
    const columns = columnsOf(type.element.fields, CHILD_COLUMNS);
    children.push({ name: `${name}_${snakeCase(field)}`, field, columns });
    fields.delete(field);
  }
  return { name, collection: collection.name, columns: columnsOf(fields, STATE_COLUMNS), children };
}

/** `unitPrice` → `unit_price`, `crm-contacts` → `crm_contacts`. */
const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();

function columnsOf(fields: ReadonlyMap<string, FieldType>, reserved: readonly string[]): WarehouseColumn[] {
  const taken = new Set(reserved);
  const columns: WarehouseColumn[] = [];
  const visit = (types: ReadonlyMap<string, FieldType>, parent: readonly string[]): void => {
    for (const [name, type] of types) {
      const path = [...parent, name];
      if (type.kind === 'object' && type.fields.size > 0) visit(type.fields, path);
      else
        columns.push({ name: freeName(path.map(snakeCase).join('_'), taken), type: columnType(type), path });
    }
  };
  visit(fields, []);
  return columns;
}

/** A field called `version` or `deleted` must not hide the column of that name. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  while (taken.has(name)) name += '_field';
  taken.add(name);
  return name;
}

function columnType(type: FieldType): ColumnType {
  switch (type.kind) {
    case 'string':
    case 'enum':
      return 'string';
    case 'instant':
      return 'timestamp';
    case 'integer':
    case 'number':
    case 'boolean':
    case 'date':
      return type.kind;
    case 'array':
    case 'object':
    case 'json':
      return 'json';
  }
}

function refuseClashes(tables: readonly WarehouseTable[]): void {
  const owners = new Map<string, string>();
  for (const table of tables)
    for (const name of [table.name, ...table.children.map((child) => child.name)]) {
      const owner = owners.get(name);
      if (owner)
        throw new TypeError(`${owner} and ${table.collection} both have the warehouse table ${name}`);
      owners.set(name, table.collection);
    }
}
