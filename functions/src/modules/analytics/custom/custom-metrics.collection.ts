import { z } from 'zod';
import {
  type Collection,
  defineCollection,
  type Metric,
  type PrepareContext,
} from '../../../kernel/define.ts';
import { Problem } from '../../../kernel/errors.ts';
import { refuseFaulty } from './declare.ts';

const slug = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'Use lower-case words joined by hyphens.');
const path = z.string().min(1).max(200);
const source = z
  .string()
  .max(100)
  .regex(
    /^(?:[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*|dataset:[A-Za-z]\w*)$/,
    'Name a collection (finance.invoices) or a dataset (dataset:dat_…).',
  );
const few = <T extends z.ZodType>(values: z.ZodRecord<z.ZodString, T>, most: number) =>
  values.refine((record) => Object.keys(record).length <= most, `At most ${most}.`);

const fields = {
  /** Unique, also among the metrics of the modules. */
  name: slug,
  label: z.string().trim().min(1).max(120),
  description: z.string().trim().max(2_000).default(''),
  /** What the rows come from; none for a ratio. */
  source: source.optional(),
  /** Array field whose elements are the rows. */
  unnest: path.optional(),
  aggregate: z.enum(['sum', 'count', 'count-distinct', 'average', 'min', 'max', 'median', 'ratio']),
  /** What is aggregated; none for a count or a ratio. */
  field: path.optional(),
  /** Names of the metrics a ratio divides. */
  ratio: z.tuple([slug, slug]).optional(),
  joins: few(z.record(slug, z.strictObject({ source, on: z.tuple([path, path]) })), 5).default({}),
  where: few(
    z.record(
      path,
      z
        .array(z.union([z.string().max(500), z.number(), z.boolean()]))
        .min(1)
        .max(200),
    ),
    20,
  ).default({}),
  /** Time of a row; none for a ratio. */
  time: path.optional(),
  dimensions: few(z.record(slug, path), 50).default({}),
  subject: path.optional(),
  format: z.enum(['money', 'number', 'percent']),
  /** Path of the currency, or the currency of all amounts: `EUR`. Amounts of datasets are in major units, those of collections in minor ones. */
  currency: z.string().max(200).optional(),
};

type Fields = z.output<z.ZodObject<typeof fields>>;

/** Metrics a tenant declares over its collections and datasets; asked for by name like those of the modules. */
export const customMetrics: Collection<Fields> = defineCollection({
  name: 'analytics.custom-metrics',
  idPrefix: 'met',
  labels: { one: 'metric of your own', many: 'metrics of your own' },
  fields,
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  sorts: ['name', 'label'],
  search: ['name', 'label', 'description'],
  unique: ['name'],
  unindexed: ['joins', 'where', 'dimensions', 'ratio', 'description'],
  example: {
    name: 'contacts-won',
    label: 'Contacts won',
    source: 'crm.contacts',
    aggregate: 'count',
    where: { status: ['customer'] },
    time: 'createdAt',
    dimensions: { country: 'country', origin: 'source' },
    format: 'number',
  },
  warehouse: 'none',
  transactional: () => true,
  prepare: async (draft: Fields, context: PrepareContext<Fields>): Promise<Fields> => {
    const { transaction, app, id } = context;
    if (!transaction) throw new TypeError('metrics are written in transactions');
    const siblings = await transaction.repo(customMetrics).list({ limit: 200 });
    if (siblings.items.length >= MOST && context.operation !== 'update')
      throw new Problem('conflict', `There are ${MOST} metrics of your own already.`);
    const others = siblings.items.filter((other) => other.id !== id).map(metricOf);
    await refuseFaulty(app, transaction, metricOf(draft), others);
    return draft;
  },
});

/** So many a tenant may have; all of them are read to answer what can be asked. */
export const MOST = 200;

/** A record as the metric it declares. */
export function metricOf(record: Fields): Metric {
  const {
    name,
    label,
    description,
    aggregate,
    format,
    source: from,
    time,
    joins,
    where,
    dimensions,
  } = record;
  const { unnest, field, ratio, subject, currency } = record;
  return {
    name,
    label,
    description,
    aggregate,
    format,
    source: from ?? '',
    time: time ?? '',
    joins,
    where,
    dimensions,
    ...(unnest === undefined ? {} : { unnest }),
    ...(field === undefined ? {} : { field }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(subject === undefined ? {} : { subject }),
    ...(currency === undefined ? {} : { currency }),
  };
}
