import type { JobScope } from '../../../kernel/context.ts';
import type { Dataset, Load, Part } from '../datasets.collection.ts';
import { datasets } from '../datasets.collection.ts';
import { evaluate, type Finding } from './evaluate.ts';
import { rulesOf } from './findings.ts';
import type { Rule } from './rules.collection.ts';

/** What the rules say of a dataset as it would stand with a load. */
export interface Verdict {
  readonly checked: readonly Rule[];
  readonly findings: ReadonlyMap<string, Finding>;
  /** Rules that keep the load out: broken by its rows, or impossible to check. */
  readonly blockedBy: readonly Rule[];
}

const NO_RULES: Verdict = { checked: [], findings: new Map(), blockedBy: [] };

/**
 * Checks a part before it counts. Rows that were corrected by hand are no delivery to be measured, and are let in.
 * Throws, to be tried again, when the engine could not say.
 * @param isLast no other attempt follows, so that what cannot be checked is kept out
 */
export async function checkLoad(
  { scope, ports }: JobScope,
  load: Load,
  part: Part,
  isLast: boolean,
): Promise<Verdict> {
  if (load.mends) return NO_RULES;
  const checked = await rulesOf(scope, load.datasetId);
  if (checked.length === 0) return NO_RULES;
  const dataset = await scope.repo(datasets).require(load.datasetId);
  const now = new Date(ports.clock.now()).toISOString();
  const findings = await evaluate(
    {
      ports,
      tenantId: scope.tenantId,
      dataset: { ...dataset, loadedAt: now },
      older: partsBeside(dataset, load),
      newest: part,
      other: (id) => scope.repo(datasets).get(id),
    },
    checked,
  );
  const blocking = checked.filter(({ blocking: isBlocking }) => isBlocking);
  if (!isLast && blocking.some(({ id }) => findings.get(id)?.passing))
    throw new Error('the rules could not be checked');
  const blockedBy = blocking.filter(({ id }) => {
    const finding = findings.get(id);
    return finding?.state === 'unchecked' || (finding?.state === 'failed' && finding.byNewest);
  });
  return { checked, findings, blockedBy };
}

/** The parts that stay when a load is let in. */
export const partsBeside = ({ parts }: Dataset, { id, mode }: Load): Part[] =>
  mode === 'replace' ? [] : parts.filter(({ name }) => name !== id);

/** Why a load is not let in, for its owner. */
export function refusalOf({ blockedBy, findings }: Verdict): string {
  const reasons = blockedBy.map(({ id, name }) => {
    const { state, failing, message = '' } = findings.get(id) ?? { state: 'unchecked' };
    if (state === 'unchecked') return `“${name}” could not be checked. ${message}`.trim();
    return failing === undefined
      ? `“${name}” is broken.`
      : `“${name}” is broken by ${failing === 1 ? 'one row' : `${failing} rows`}.`;
  });
  return `The load was not let in. ${reasons.join(' ')}`.slice(0, 2_000);
}
