import type { PartPlace, StoredPart } from '../../kernel/ports/datasets.ts';
import { BIGQUERY_WORDS } from '../../kernel/warehouse/sql-words.ts';

const PREFIX = 'dataset';
const REJECTED = 'rejected';
/** Stands between the parts of a name; no id of ours holds it. */
const BETWEEN = '__';
const ID = /^[A-Za-z](?:[A-Za-z0-9]|_(?!_)|-)*$/;

/** The table of a part. */
export const tableOf = ({ tenantId, datasetId, part }: PartPlace): string =>
  [PREFIX, ...[tenantId, datasetId, part].map(checked)].join(BETWEEN);

/** The table of the rows of a part that could not be read; there is none when all could. */
export const rejectedTableOf = (place: PartPlace): string => [tableOf(place), REJECTED].join(BETWEEN);

/** What all tables of a tenant, or of one of its datasets, begin with. */
export const prefixOf = (tenantId: string, datasetId?: string): string =>
  [PREFIX, checked(tenantId), ...(datasetId === undefined ? [] : [checked(datasetId)]), ''].join(BETWEEN);

/** The dataset and part a table belongs to; undefined for other tables. */
export function placeOf(table: string): Pick<StoredPart, 'datasetId' | 'part'> | undefined {
  const [prefix, , datasetId, part] = table.split(BETWEEN);
  return prefix === PREFIX && datasetId && part ? { datasetId, part } : undefined;
}

export const { quote: quoted } = BIGQUERY_WORDS;

function checked(id: string): string {
  if (!ID.test(id)) throw new TypeError(`${JSON.stringify(id)} cannot name a table`);
  return id;
}
