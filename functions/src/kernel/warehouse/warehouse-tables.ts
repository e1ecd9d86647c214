import type { Collection, Metric } from '../define.ts';
import type { FieldType } from '../fields.ts';
import { oncePer } from '../once-per.ts';
import type { ColumnType, WarehouseChildTable, WarehouseColumn, WarehouseTable } from '../ports/warehouse.ts';
import type { Registry } from '../registry.ts';
import { CHILD_COLUMNS, HISTORY_COLUMNS, STATE_COLUMNS } from './platform-columns.ts';

/** `crm_contacts_history`: a row a version of each record. */
export const historyName = ({ name }: Pick<WarehouseTable, 'name'>): string => `${name}_history`;

type Declared = Pick<Registry, 'collections'> & Partial<Pick<Registry, 'metrics'>>;

/**
 * The warehouse tables of a registry's collections; the same array for the same registry.
 * Scalars and nested objects become snake_case columns, arrays of objects child tables, other arrays JSON.
 * Secret fields and collections with `warehouse: 'none'` are left out. Throws a TypeError when two tables share a name.
 */
export const warehouseTables = oncePer(
  ({ collections, metrics = new Map() }: Declared): readonly WarehouseTable[] => {
    const bySource = Map.groupBy(metrics.values(), ({ source }) => source);
    const tables = [...collections.values()]
      .filter((collection) => collection.options.warehouse !== 'none')
      .map((collection) => warehouseTable(collection, bySource.get(collection.name)));
    refuseClashes(tables);
    return tables;
  },
);

/** The table of one collection. @param metrics those over it, which say what its rows are asked for */
export function warehouseTable(collection: Collection, metrics: readonly Metric[] = []): WarehouseTable {
  const secret = new Set(collection.options.secret);
  const fields = new Map([...collection.fieldTypes].filter(([name]) => !secret.has(name)));
  const name = snakeCase(collection.key);
  const children: Omit<WarehouseChildTable, 'inherited' | 'time'>[] = [];
  for (const [field, type] of fields) {
    if (type.kind !== 'array' || type.element.kind !== 'object') continue;
    const columns = columnsOf(type.element.fields, namesOf(CHILD_COLUMNS));
    children.push({ name: `${name}_${snakeCase(field)}`, field, columns });
    fields.delete(field);
  }
  const columns = columnsOf(fields, namesOf([...STATE_COLUMNS, ...HISTORY_COLUMNS]));
  const plain = metrics.filter(({ aggregate }) => aggregate !== 'ratio');
  const time = timeOf(plain, columns);
  return {
    name,
    collection: collection.name,
    columns,
    children: children.map((child) => ({ ...child, ...inheritance(child, columns, plain) })),
    ...(time && { time: time.name }),
  };
}

/** Columns of the platform that metrics may name by the path of their field. */
export const META_COLUMNS: readonly WarehouseColumn[] = [
  { name: 'created_at', type: 'timestamp', path: ['createdAt'] },
  { name: 'updated_at', type: 'timestamp', path: ['updatedAt'] },
  { name: 'created_by', type: 'string', path: ['createdBy'] },
];

const namesOf = (columns: readonly { readonly name: string }[]): string[] => columns.map(({ name }) => name);

/** The column most metrics take their time from. */
function timeOf(
  metrics: readonly Metric[],
  columns: readonly WarehouseColumn[],
): WarehouseColumn | undefined {
  const uses = Map.groupBy(metrics, ({ time }) => time);
  const [first] = [...uses].sort(([, a], [, b]) => b.length - a.length);
  return first && columnAt(columns, first[0]);
}

const columnAt = (columns: readonly WarehouseColumn[], path: string): WarehouseColumn | undefined =>
  [...META_COLUMNS, ...columns].find((column) => column.path.join('.') === path);

/** What the metrics over the elements of an array ask of the record, beside the element itself. */
function inheritance(
  { field, columns: own }: Pick<WarehouseChildTable, 'field' | 'columns'>,
  columns: readonly WarehouseColumn[],
  metrics: readonly Metric[],
): Pick<WarehouseChildTable, 'inherited' | 'time'> {
  const over = metrics.filter(({ unnest }) => unnest === field);
  const paths = over.flatMap(({ dimensions, where, time, currency, subject }) => [
    time,
    ...Object.values(dimensions),
    ...Object.keys(where ?? {}),
    ...(currency ? [currency] : []),
    ...(subject ? [subject] : []),
  ]);
  const taken = new Set(namesOf([...CHILD_COLUMNS, ...own]));
  const inherited = [...new Set(paths)].flatMap((path) => {
    const column = columnAt(columns, path);
    return column ? [{ ...column, name: freeName(`record_${column.name}`, taken) }] : [];
  });
  const time = inherited.find(({ path }) => path.join('.') === over[0]?.time);
  return inherited.length === 0 ? {} : { inherited, ...(time && { time: time.name }) };
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
    for (const name of [table.name, historyName(table), ...table.children.map((child) => child.name)]) {
      const owner = owners.get(name);
      if (owner)
        throw new TypeError(`${owner} and ${table.collection} both have the warehouse table ${name}`);
      owners.set(name, table.collection);
    }
}
