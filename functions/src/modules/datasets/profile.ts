import type { Ports } from '../../kernel/context.ts';
import type { Dataset } from './datasets.collection.ts';
import { type Dialect, dialectOf, relationOf } from './sql.ts';

type Column = Dataset['columns'][number];

const TOP = 8;
const TIMEOUT_MS = 20_000;
/** Up to so many rows values are counted one by one; beyond, their number is an estimate. */
const COUNTED = 1_000_000;
const isNumeric = ({ type }: Pick<Column, 'type'>): boolean => type === 'integer' || type === 'number';

export type Profile = ReturnType<typeof columnProfile>;

/** How the values of some columns of a dataset that has rows are spread, a profile a column. */
export async function profilesOf(
  ports: Pick<Ports, 'datasets' | 'warehouse'>,
  tenantId: string,
  dataset: Dataset,
  columns: readonly Column[],
): Promise<Profile[]> {
  const sql = profileSql(dialectOf(ports), columns, relationOf(ports, tenantId, dataset), dataset.rows);
  const limits = { timeoutMs: TIMEOUT_MS, maxRows: columns.length };
  const { rows } = await ports.warehouse.query(sql, [], limits);
  return columns.map((column, index) => columnProfile(column, rows[index] ?? {}));
}

/**
 * One row a column, in their order. The table is read twice: for the quartiles, and for what lies beyond the fences
 * that follow from them (Tukey, Exploratory Data Analysis, 1977).
 */
function profileSql(dialect: Dialect, columns: readonly Column[], relation: string, total: number): string {
  const as = (expression: string, type: Column['type']): string =>
    `CAST(${expression} AS ${dialect.typeName(type)})`;
  const parts = columns.map((column, index) => {
    const value = dialect.quote(column.name);
    const number = isNumeric(column) ? as(value, 'number') : as('NULL', 'number');
    const counted = `COUNT(DISTINCT ${as(value, 'string')})`;
    const distinct =
      total > COUNTED ? `LEAST(APPROX_COUNT_DISTINCT(${as(value, 'string')}), COUNT(${value}))` : counted;
    return `SELECT ${index} AS place, COUNT(*) AS total, COUNT(${value}) AS filled, ${distinct} AS different,
      ${as(`MIN(${value})`, 'string')} AS low, ${as(`MAX(${value})`, 'string')} AS high,
      AVG(${number}) AS mean, STDDEV_SAMP(${number}) AS deviation, ${dialect.quartiles(number)} AS quartiles,
      ${dialect.mostFrequent(as(value, 'string'), TOP)} AS top, ${outliers(dialect, column, number, relation)} AS outliers
      FROM profiled`;
  });
  return `WITH profiled AS (SELECT * FROM ${relation}) ${parts.join(' UNION ALL ')} ORDER BY place`;
}

function outliers(dialect: Dialect, column: Column, number: string, relation: string): string {
  if (!isNumeric(column)) return '0';
  return `(SELECT COUNT(*) FROM ${relation}, (SELECT ${dialect.quartile(number, 1)} AS q1, ${dialect.quartile(number, 3)} AS q3 FROM ${relation}) AS fences
    WHERE ${number} < q1 - 1.5 * (q3 - q1) OR ${number} > q3 + 1.5 * (q3 - q1))`;
}

/** A row of `profileSql` as the API answers it. */
function columnProfile({ name, type }: Column, row: Readonly<Record<string, unknown>>) {
  const whole = (value: unknown): number => Math.round(Number(value ?? 0));
  const figure = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  const text = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, 200) : null);
  return {
    name,
    type,
    filled: whole(row.filled),
    empty: whole(row.total) - whole(row.filled),
    distinct: whole(row.different),
    min: text(row.low),
    max: text(row.high),
    mean: figure(row.mean),
    deviation: figure(row.deviation),
    quartiles: isNumeric({ type }) ? listOf(row.quartiles).slice(1, 4).map(Number) : [],
    outliers: whole(row.outliers),
    top: listOf(row.top).flatMap((found) => {
      const value: unknown = found !== null && typeof found === 'object' ? Object(found).value : found;
      return typeof value === 'string' ? [value.slice(0, 200)] : [];
    }),
  };
}

function listOf(json: unknown): unknown[] {
  const list: unknown = typeof json === 'string' ? JSON.parse(json) : [];
  return Array.isArray(list) ? list : [];
}
