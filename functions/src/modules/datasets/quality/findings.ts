import type { Scope, TransactionScope } from '../../../kernel/context.ts';
import type { Finding } from './evaluate.ts';
import { asksTheSame, MAX_RULES, type Rule, rules } from './rules.collection.ts';

/** Loads whose measures a rule remembers. */
const REMEMBERED = 10;

/** The rules of a dataset that are to be checked. */
export async function rulesOf(scope: Scope, datasetId: string): Promise<Rule[]> {
  const filters = [{ field: 'datasetId', operator: 'eq', value: datasetId }] as const;
  const { items } = await scope.asSystem('check').repo(rules).list({ filters, limit: MAX_RULES });
  return items.filter(({ enabled }) => enabled);
}

/** What was checked, and when. */
export interface Occasion {
  /** RFC 3339 */
  readonly at: string;
  readonly loadId?: string;
  /** The part that was measured, for what later ones are held against; none when the load was not let in. */
  readonly measuredPart?: string;
}

/**
 * Writes down what was found; `failed` and `recovered` are told where the state changes. A rule that was changed or
 * deleted meanwhile keeps what it says.
 */
export async function writeFindings(
  transaction: TransactionScope,
  checked: readonly Rule[],
  findings: ReadonlyMap<string, Finding>,
  { at, loadId, measuredPart }: Occasion,
): Promise<void> {
  const repo = transaction.asSystem('check').repo(rules);
  for (const rule of checked) {
    const finding = findings.get(rule.id);
    const current = await repo.get(rule.id);
    if (!finding || !current || !asksTheSame(current, rule)) continue;
    const { state, failing, total, measured, expected, message } = finding;
    const remembers = measured !== undefined && measuredPart !== undefined && rule.kind !== 'freshness';
    const others = current.baseline.filter((entry) => entry.loadId !== measuredPart);
    await repo.patch(rule.id, {
      state,
      since: state === current.state ? (current.since ?? at) : at,
      checkedAt: at,
      loadId: loadId ?? null,
      failing: failing ?? null,
      total: total ?? null,
      measured: measured ?? null,
      expected: expected ?? null,
      message: message ?? null,
      ...(remembers
        ? { baseline: [...others, { loadId: measuredPart, value: measured }].slice(-REMEMBERED) }
        : {}),
    });
  }
}
