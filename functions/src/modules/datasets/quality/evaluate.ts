import type { Ports } from '../../../kernel/context.ts';
import { Problem } from '../../../kernel/errors.ts';
import type { Dataset } from '../datasets.collection.ts';
import { dialectOf, relationOf } from '../sql.ts';
import { breaks, measureOf, parameters, type Target } from './conditions.ts';
import { compareDrift, compareFreshness, compareRowCount } from './measures.ts';
import type { Rule } from './rules.collection.ts';

/** What came of checking a rule. */
export interface Finding {
  readonly state: 'passed' | 'failed' | 'unchecked';
  readonly failing?: number;
  readonly total?: number;
  readonly measured?: number;
  readonly expected?: number;
  readonly message?: string;
  /** Whether the newest part is at fault, be it together with others. */
  readonly byNewest: boolean;
  /** It may be checked later: the engine was busy or away. */
  readonly passing?: boolean;
}

/** A dataset as it stands, or as it would stand. */
export interface Subject {
  readonly ports: Ports;
  readonly tenantId: string;
  readonly dataset: Dataset;
  /** Its parts before the newest, and the newest; none when nothing was loaded. */
  readonly older: readonly Dataset['parts'][number][];
  readonly newest: Dataset['parts'][number] | undefined;
  /** Finds another dataset, for what refers to it. */
  other(id: string): Promise<Dataset | undefined>;
}

const TIMEOUT_MS = 60_000;
/** For all rules together: a load has minutes, and most of them are for the file. */
const TOTAL_MS = 240_000;

const unchecked = (message: string, passing = false): Finding => ({
  state: 'unchecked',
  message,
  byNewest: false,
  ...(passing ? { passing } : {}),
});

/** Checks rules: those that look at single rows and drifts in one pass, the others one by one. */
export async function evaluate(subject: Subject, rules: readonly Rule[]): Promise<Map<string, Finding>> {
  const findings = new Map<string, Finding>();
  const now = subject.ports.clock.now();
  const scanned: Rule[] = [];
  for (const rule of rules) {
    const gone = missingColumn(rule, subject.dataset);
    if (rule.kind === 'freshness') findings.set(rule.id, compareFreshness(rule, subject.dataset, now));
    else if (!subject.newest) findings.set(rule.id, unchecked('Nothing was loaded yet.'));
    else if (gone !== undefined) findings.set(rule.id, unchecked(`The dataset has no column ${gone}.`));
    else if (rule.kind === 'row-count') findings.set(rule.id, compareRowCount(rule, subject));
    else scanned.push(rule);
  }
  const heavy = scanned.filter(({ kind }) => kind === 'unique' || kind === 'referential');
  const light = scanned.filter((rule) => !heavy.includes(rule));
  const until = performance.now() + TOTAL_MS;
  for (const group of [light, ...heavy.map((rule) => [rule])]) {
    const found =
      performance.now() < until
        ? await scan(subject, group)
        : group.map(({ id }): [string, Finding] => [
            id,
            unchecked('There was no time left for this check.', true),
          ]);
    for (const [id, finding] of found) findings.set(id, finding);
  }
  return findings;
}

function missingColumn({ column, columns = [] }: Rule, dataset: Dataset): string | undefined {
  const known = new Set(dataset.columns.map(({ name }) => name));
  return [...columns, ...(column === undefined ? [] : [column])].find((name) => !known.has(name));
}

/** One statement for all; where it fails, one for each, so that a rule which cannot be checked hides no other. */
async function scan(subject: Subject, rules: readonly Rule[]): Promise<[string, Finding][]> {
  if (rules.length === 0) return [];
  try {
    return await scanAtOnce(subject, rules);
  } catch (error) {
    if (rules.length > 1) return (await Promise.all(rules.map((rule) => scan(subject, [rule])))).flat();
    const [rule] = rules;
    if (!rule) return [];
    if (error instanceof Problem)
      return [[rule.id, unchecked(error.message.slice(0, 500), error.code === 'unavailable')]];
    subject.ports.log.warn({ err: error, ruleId: rule.id }, 'a rule could not be checked');
    return [[rule.id, unchecked('The rows do not allow this check.')]];
  }
}

async function scanAtOnce(subject: Subject, rules: readonly Rule[]): Promise<[string, Finding][]> {
  const { values, ...writing } = writingOf(subject);
  const marks: string[] = [];
  const figures: string[] = [];
  const figure = (name: string, at: number, function_: string): void =>
    void figures.push(`${function_} AS ${name}_${at}`);
  for (const [at, rule] of rules.entries()) {
    if (rule.kind === 'drift') {
      marks.push(`${measureOf(rule, writing)} AS _m${at}`);
      figure('measured', at, `avg(CASE WHEN _new THEN _m${at} END)`);
      figure('before', at, `avg(CASE WHEN NOT _new THEN _m${at} END)`);
      continue;
    }
    marks.push(`coalesce(${breaks(rule, writing, await targetOf(subject, rule))}, false) AS _f${at}`);
    figure('failing', at, `sum(CASE WHEN _f${at} THEN 1 ELSE 0 END)`);
    figure('fresh', at, `sum(CASE WHEN _f${at} AND _new THEN 1 ELSE 0 END)`);
  }
  const sql = `SELECT count(*) AS total, ${figures.join(', ')} FROM (SELECT _new, ${marks.join(', ')} FROM (${allRows(subject)}) AS checked) AS marked`;
  const { rows: answer } = await subject.ports.warehouse.query(sql, values, {
    timeoutMs: TIMEOUT_MS,
    maxRows: 1,
  });
  const found = answer[0] ?? {};
  return rules.map((rule, at) => {
    if (rule.kind !== 'drift')
      return [
        rule.id,
        judge(rule, Number(found.total), Number(found[`failing_${at}`]), Number(found[`fresh_${at}`])),
      ];
    const measure = (name: string): number | undefined => {
      const value = found[`${name}_${at}`];
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    };
    return [rule.id, compareDrift(rule, subject, measure('measured'), measure('before'))];
  });
}

/** Every row, and whether it is one of the newest part; where newer rows take the place of older ones, all may be. */
export function allRows({ ports, tenantId, dataset, older, newest }: Omit<Subject, 'other'>): string {
  const { key = [] } = dataset;
  if (key.length > 0) {
    const names = [...older, ...(newest ? [newest] : [])].map(({ name }) => name);
    return `SELECT *, true AS _new FROM ${ports.datasets.relation(tenantId, dataset.id, names, key)}`;
  }
  const rowsOf = (parts: readonly { readonly name: string }[], isNew: boolean): string[] =>
    parts.length === 0
      ? []
      : [
          `SELECT *, ${isNew} AS _new FROM ${ports.datasets.relation(
            tenantId,
            dataset.id,
            parts.map(({ name }) => name),
          )}`,
        ];
  return [...rowsOf(older, false), ...rowsOf(newest ? [newest] : [], true)].join(
    ` ${dialectOf(ports).unionByName} `,
  );
}

/** What conditions over a dataset's columns are written with, and the values they bind. */
export function writingOf({ ports, dataset }: Pick<Subject, 'ports' | 'dataset'>) {
  const { bind, values } = parameters();
  const column = (name: string | undefined) => columnOf({ dataset }, name);
  return { dialect: dialectOf(ports), bind, column, values };
}

function columnOf({ dataset }: Pick<Subject, 'dataset'>, name: string | undefined) {
  const found = dataset.columns.find((column) => column.name === name);
  if (!found) throw new Problem('invalid', `The dataset has no column ${name}.`);
  return found;
}

/** Where a reference leads; throws a Problem where that is nowhere. */
export async function targetOf(
  { ports, tenantId, other }: Pick<Subject, 'ports' | 'tenantId' | 'other'>,
  { target }: Rule,
): Promise<Target | undefined> {
  if (!target) return undefined;
  const dataset = await other(target.datasetId);
  if (!dataset) throw new Problem('invalid', 'The other dataset does not exist any more.');
  if (dataset.parts.length === 0) throw new Problem('invalid', 'The other dataset has no rows.');
  return { column: columnOf({ dataset }, target.column), relation: relationOf(ports, tenantId, dataset) };
}

function judge({ tolerance = 0 }: Rule, total: number, failing: number, fresh: number): Finding {
  const state = failing > tolerance * total ? 'failed' : 'passed';
  return { state, failing, total, byNewest: state === 'failed' && fresh > 0 };
}
