import type { Asker } from './catalogue.ts';
import type { QueryInput } from './request.ts';
import { askableDimensions, runMetricQuery } from './run-query.ts';

/** Dimensions whose members are codes, and the dimension that holds their names. */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['product', 'description'],
  ['customer', 'customer-name'],
]);

/** The dimension that names the members of another; undefined when there is none the caller may ask for. */
export async function namingDimension(asker: Asker, dimension: string): Promise<string | undefined> {
  const name = NAMED_BY.get(dimension);
  if (name === undefined) return undefined;
  return (await askableDimensions(asker, 'revenue')).includes(name) ? name : undefined;
}

/** The name each member brought most revenue under; members without a name are left out. */
export async function memberNames(
  asker: Asker,
  dimension: string,
  members: readonly unknown[],
  filters: QueryInput['filters'],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const name = await namingDimension(asker, dimension);
  const wanted = members.filter((member) => typeof member === 'string');
  if (name === undefined || wanted.length === 0) return names;
  const { rows } = await runMetricQuery(asker, {
    metrics: ['revenue'],
    dimensions: [dimension, name],
    filters: { ...filters, [dimension]: wanted },
  });
  for (const row of rows) {
    const member = String(row[dimension]);
    const found = row[name];
    if (!names.has(member) && typeof found === 'string' && found.trim() !== '')
      names.set(member, found.trim());
  }
  return names;
}
