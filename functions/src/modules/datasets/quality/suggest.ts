import { z } from 'zod';
import { defineEndpoint } from '../../../kernel/define.ts';
import { sameJson } from '../../../kernel/records/record.ts';
import { type Dataset, datasets } from '../datasets.collection.ts';
import { type Profile, profilesOf } from '../profile.ts';
import { rulesOf } from './findings.ts';
import { isNumeric } from './fits.ts';
import { RULE_KINDS, type Rule } from './rules.collection.ts';

/** With fewer rows what they have in common may be chance. */
const MIN_ROWS = 20;
/** Values of which a column may have so many are a list. */
const MAX_VALUES = 8;
const HOUR_MS = 3_600_000;

type Suggestion = Pick<Rule, 'name' | 'kind'> &
  Partial<Pick<Rule, 'column' | 'columns' | 'min' | 'values' | 'pattern' | 'hours'>>;

export const suggestions = defineEndpoint({
  name: 'datasets.rules.suggestions',
  method: 'GET',
  summary: 'Rules that the rows of a dataset keep to already, as one could make them',
  access: 'editor',
  input: z.strictObject({ datasetId: z.string() }),
  output: z.object({
    items: z.array(z.looseObject({ name: z.string(), kind: z.enum(RULE_KINDS) })),
  }),
  example: { datasetId: 'dat_01JD0000000000000000000000' },
  handle: async (ctx, { datasetId }) => {
    const dataset = await ctx.repo(datasets).require(datasetId);
    if (dataset.rows === 0) return { items: [] };
    const profiles = await profilesOf(ctx.ports, ctx.tenantId, dataset, dataset.columns);
    const known = await rulesOf(ctx, datasetId);
    const items = [...profiles.flatMap(ofColumn), ...ofDataset(dataset)].filter(
      (suggestion) => !known.some((rule) => isAlike(rule, suggestion)),
    );
    return { items };
  },
});

const isAlike = (rule: Rule, { kind, column, columns }: Suggestion): boolean =>
  rule.kind === kind && rule.column === column && sameJson(rule.columns, columns);

function ofColumn(profile: Profile): Suggestion[] {
  const { name: column, type, filled, empty, distinct, min, top } = profile;
  if (filled + empty < MIN_ROWS) return [];
  const found: Suggestion[] = [];
  if (empty === 0) found.push({ name: `${column} is filled`, kind: 'not-null', column });
  const isKey = distinct === filled && empty === 0 && (type === 'string' || type === 'integer');
  if (isKey) found.push({ name: `${column} is unique`, kind: 'unique', columns: [column] });
  if (isNumeric({ type }) && !isKey && min !== null && Number(min) >= 0)
    found.push({ name: `${column} is not negative`, kind: 'range', column, min: 0 });
  if (type !== 'string' || isKey || filled === 0) return found;
  // The most frequent values are all there is only where they are as many as there are.
  if (distinct <= MAX_VALUES && top.length === distinct && filled >= MIN_ROWS * distinct)
    found.push({ name: `${column} is one of ${distinct}`, kind: 'accepted-values', column, values: top });
  if (top.every((value) => EMAIL.test(value)))
    found.push({ name: `${column} is an e-mail address`, kind: 'pattern', column, pattern: EMAIL.source });
  return found;
}

const EMAIL = /[^@\s]+@[^@\s]+\.[^@\s]+/;

/** What three loads or more have in common. */
function ofDataset({ parts }: Dataset): Suggestion[] {
  const delivered = parts.filter(({ mends }) => !mends);
  const rows = Math.min(...delivered.map((part) => part.rows));
  const times = delivered.flatMap(({ at }) => (at === undefined ? [] : [Date.parse(at)]));
  const gaps = times.slice(1).map((time, index) => (time - (times[index] ?? time)) / HOUR_MS);
  const longest = Math.max(0, ...gaps);
  return [
    ...(delivered.length >= 3 && rows > 1
      ? [{ name: 'A load is not far smaller', kind: 'row-count' as const, min: Math.floor(rows / 2) }]
      : []),
    ...(times.length >= 4 && longest >= 0.5
      ? [{ name: 'Something was loaded in time', kind: 'freshness' as const, hours: Math.ceil(longest * 2) }]
      : []),
  ];
}
