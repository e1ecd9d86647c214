import { z } from 'zod';
import type { Ports } from '../../../kernel/context.ts';
import { defineCollection, type PrepareContext, type RecordOf } from '../../../kernel/define.ts';
import { type FieldError, Problem } from '../../../kernel/errors.ts';
import { sameJson } from '../../../kernel/records/record.ts';
import { datasets } from '../datasets.collection.ts';
import { misfits } from './fits.ts';

export const RULE_KINDS = [
  'not-null',
  'unique',
  'range',
  'accepted-values',
  'pattern',
  'referential',
  'row-count',
  'drift',
  'freshness',
] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** Rules of one dataset; all of them are checked with every load. */
export const MAX_RULES = 100;

const columnName = z.string().min(1).max(80);
/** A number, or a date or time as ISO 8601. */
const limit = z.union([z.number(), z.string().max(40)]);

const definition = {
  datasetId: z.string(),
  name: z.string().trim().min(1).max(120),
  kind: z.enum(RULE_KINDS),
  /** Of all kinds but `unique`, `row-count` and `freshness`. */
  column: columnName.optional(),
  /** Of `unique`: together they tell rows apart. */
  columns: z.array(columnName).min(1).max(10).optional(),
  /** Of rules about rows: the share of rows that may break it, 0 by default. */
  tolerance: z.number().min(0).max(1).optional(),
  /** Of `range`, both included; of `row-count`, the rows of a load. */
  min: limit.optional(),
  max: limit.optional(),
  /** Of `accepted-values`. */
  values: z.array(z.string().max(500)).min(1).max(500).optional(),
  /** Of `pattern`: a regular expression of RE2 that the whole text has to match. */
  pattern: z.string().min(1).max(500).optional(),
  /** Of `referential`: where each value has to occur. */
  target: z.strictObject({ datasetId: z.string(), column: columnName }).optional(),
  /** Of `drift`: the mean of a number, or the share of rows that are empty or have `value`. */
  measure: z.enum(['mean', 'empty-share', 'value-share']).optional(),
  value: z.string().max(500).optional(),
  /** Of `row-count` and `drift`: how far a load may be from those before it, in percent of them (percentage points for shares). */
  maxChange: z.number().min(0).max(1_000_000).optional(),
  /** Of `freshness`: hours after which something must have been loaded. */
  hours: z.number().min(0.1).max(87_600).optional(),
  /** An error is a fault of the data; a warning is something to look at. */
  severity: z.enum(['warning', 'error']).default('error'),
  /** A load that breaks it is not let in. Only errors do that, and no `freshness`. */
  blocking: z.boolean().default(false),
  enabled: z.boolean().default(true),
};

/** What a dataset's rows have to be like, and whether they were when somebody last looked. */
export const rules = defineCollection({
  name: 'datasets.rules',
  idPrefix: 'rul',
  labels: { one: 'rule', many: 'rules' },
  fields: definition,
  computed: {
    /** `unchecked` says why in `message`: a column is gone, a check took too long. */
    state: z.enum(['new', 'passed', 'failed', 'unchecked']),
    /** When it came to be in this state. */
    since: z.iso.datetime().optional(),
    checkedAt: z.iso.datetime().optional(),
    /** The load that was checked; none when the rule was checked by itself. */
    loadId: z.string().optional(),
    /** Rows that break it, and rows that were looked at. */
    failing: z.int().min(0).optional(),
    total: z.int().min(0).optional(),
    /** What was measured, and what it was held against: of `row-count`, `drift` and `freshness` (hours). */
    measured: z.number().optional(),
    expected: z.number().optional(),
    message: z.string().max(500).optional(),
    /** What the last loads measured, oldest first. */
    baseline: z.array(z.strictObject({ loadId: z.string(), value: z.number() })).max(10),
  },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  // They may be taken from columns with personal data.
  fieldAccess: {
    values: { read: 'editor' },
    value: { read: 'editor' },
    measured: { read: 'editor' },
    expected: { read: 'editor' },
    baseline: { read: 'editor' },
  },
  events: {
    failed: ({ state }) => state === 'failed',
    recovered: ({ state }, before) => state === 'passed' && before.state !== 'new',
  },
  filters: ['datasetId', 'kind', 'state'],
  unindexed: ['columns', 'values', 'target', 'pattern', 'message', 'baseline'],
  example: {
    datasetId: 'dat_01JD0000000000000000000000',
    name: 'Totals are not negative',
    kind: 'range',
    column: 'total',
    min: 0,
    severity: 'error',
    blocking: false,
    enabled: true,
  },
  warehouse: 'none',
  transactional: () => true,
  prepare: async (draft, context) => {
    const { previous } = context;
    if (previous && sameJson(definitionOf(draft), definitionOf(previous)))
      return { ...draft, state: draft.state ?? 'new', baseline: draft.baseline ?? [] };
    await check(draft, context);
    // What was found out about another rule says nothing of this one.
    if (previous && asksTheSame(draft, previous)) return draft as typeof previous;
    return { ...definitionOf(draft), state: 'new' as const, baseline: [] };
  },
});
export type Rule = RecordOf<typeof rules>;
export type RuleDefinition = z.output<z.ZodObject<typeof definition>>;

function definitionOf(record: RuleDefinition): RuleDefinition {
  const own = Object.entries(record).filter(([name]) => name in definition);
  return Object.fromEntries(own) as RuleDefinition;
}

/** Whether two rules ask the same of the same rows, whatever they are called and what follows from them. */
export function asksTheSame(one: RuleDefinition, other: RuleDefinition): boolean {
  const asked = (rule: RuleDefinition) => ({
    ...definitionOf(rule),
    name: '',
    severity: 'error',
    blocking: false,
    enabled: true,
  });
  return sameJson(asked(one), asked(other));
}

/** Throws a 422 Problem for a rule that cannot be checked. */
async function check(
  rule: RuleDefinition,
  { transaction, previous, app }: PrepareContext<RuleDefinition>,
): Promise<void> {
  if (!transaction) throw new TypeError('rules are written in transactions');
  const refuse = (...errors: FieldError[]): never => {
    throw new Problem('invalid', 'There are fields to correct.', { errors });
  };
  const dataset = await transaction.repo(datasets).get(rule.datasetId);
  if (!dataset)
    return refuse({ path: 'datasetId', message: 'There is no such dataset.', code: 'unknown_dataset' });
  const target = rule.target && (await transaction.repo(datasets).get(rule.target.datasetId));
  const errors = misfits(rule, dataset.columns, target?.columns);
  if (errors.length > 0) refuse(...errors);
  if (rule.pattern !== undefined && !(await isPattern(app.ports, rule.pattern)))
    refuse({ path: 'pattern', message: 'This is no regular expression of RE2.', code: 'bad_pattern' });
  if (previous?.datasetId === rule.datasetId) return;
  const query = {
    filters: [{ field: 'datasetId', operator: 'eq', value: rule.datasetId }],
    limit: MAX_RULES,
  } as const;
  const { items } = await transaction.asSystem('count rules').repo(rules).list(query);
  if (items.length >= MAX_RULES) throw new Problem('conflict', `A dataset has ${MAX_RULES} rules at most.`);
}

/** The engine that is to run it says so itself; it takes time linear in the text, and refuses what would take much memory. */
async function isPattern(ports: Ports, pattern: string): Promise<boolean> {
  const matches = ports.datasets.engine === 'bigquery' ? 'REGEXP_CONTAINS' : 'regexp_matches';
  try {
    await ports.warehouse.query(`SELECT ${matches}('', $1) AS matches`, [pattern]);
    return true;
  } catch (error) {
    if (error instanceof Problem) throw error;
    return false;
  }
}
