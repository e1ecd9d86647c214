/** What one member of a dimension (a country, a product) adds to the change of a total. */
export interface Contribution {
  readonly member: string;
  readonly before: number;
  readonly after: number;
  /** after − before; the deltas of all members add up to the change of the total. */
  readonly delta: number;
}

export interface Breakdown {
  readonly before: number;
  readonly after: number;
  readonly delta: number;
  /** Largest movement first. */
  readonly contributions: readonly Contribution[];
  /** Members that move with the total: the fewest that explain half of its change, at most three. */
  readonly drivers: readonly Contribution[];
  /** Members that move against the total by at least a tenth of its change, at most two. */
  readonly against: readonly Contribution[];
}

const DRIVERS = 3;
const AGAINST = 2;

/**
 * Splits the change of an additive total into its members' signed contributions.
 * @param before value by member; a member that is missing had 0
 */
export function breakDown(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Breakdown {
  const members = new Set([...before.keys(), ...after.keys()]);
  const contributions = [...members]
    .map((member): Contribution => {
      const [old, now] = [before.get(member) ?? 0, after.get(member) ?? 0];
      return { member, before: old, after: now, delta: now - old };
    })
    .filter(({ delta, before: old, after: now }) => delta !== 0 || old !== 0 || now !== 0)
    .sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta) || (a.member < b.member ? -1 : 1));
  const [total, totalBefore] = [
    sum(contributions.map(({ after: now }) => now)),
    sum(contributions.map((each) => each.before)),
  ];
  const delta = total - totalBefore;
  const direction = Math.sign(delta) || 1;
  const drivers: Contribution[] = [];
  let explained = 0;
  for (const contribution of contributions) {
    if (contribution.delta * direction <= 0) continue;
    if (drivers.length === DRIVERS || explained >= Math.abs(delta) / 2) break;
    drivers.push(contribution);
    explained += Math.abs(contribution.delta);
  }
  const against = contributions
    .filter((each) => each.delta * direction < 0 && Math.abs(each.delta) >= Math.abs(delta) / 10)
    .slice(0, AGAINST);
  return { before: totalBefore, after: total, delta, contributions, drivers, against };
}

export interface Turnover {
  /** Members with a value now and none before. */
  readonly gained: { readonly count: number; readonly value: number };
  /** Members with a value before and none now. */
  readonly lost: { readonly count: number; readonly value: number };
  readonly kept: { readonly count: number; readonly before: number; readonly after: number };
}

/** Who came, who went, and what those in both periods did. gained − lost + (kept after − kept before) is the change. */
export function turnover(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Turnover {
  const gained = [...after].filter(([member]) => !before.has(member)).map(([, value]) => value);
  const lost = [...before].filter(([member]) => !after.has(member)).map(([, value]) => value);
  const kept = [...after].filter(([member]) => before.has(member));
  return {
    gained: { count: gained.length, value: sum(gained) },
    lost: { count: lost.length, value: sum(lost) },
    kept: {
      count: kept.length,
      before: sum(kept.map(([member]) => before.get(member) ?? 0)),
      after: sum(kept.map(([, value]) => value)),
    },
  };
}

/** Share of a total that its `count` largest members hold, 0 to 1; undefined when the total is not positive. */
export function topShare(values: ReadonlyMap<string, number>, count: number): number | undefined {
  const total = sum([...values.values()]);
  if (total <= 0) return undefined;
  return sum([...values.values()].sort((a, b) => b - a).slice(0, count)) / total;
}

/**
 * Splits the change of a product (revenue = orders × average) into what each factor did, the other held at its mean.
 * Both effects add up to the change exactly (the Shapley value of two factors).
 */
export function factorEffects(
  before: { readonly count: number; readonly average: number },
  after: { readonly count: number; readonly average: number },
): { readonly count: number; readonly average: number } {
  return {
    count: ((after.count - before.count) * (before.average + after.average)) / 2,
    average: ((after.average - before.average) * (before.count + after.count)) / 2,
  };
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
