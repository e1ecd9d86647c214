const REFLECT = 1;
const EXPAND = 2;
const CONTRACT = 0.5;
const SHRINK = 0.5;

interface Vertex {
  readonly at: readonly number[];
  readonly value: number;
}

/**
 * Finds where a function of a few variables is least, by the downhill simplex method
 * (Nelder and Mead, A simplex method for function minimization, The Computer Journal 7, 1965).
 * @param tolerance ends the search when the values of the simplex differ by less than this share
 */
export function minimise(
  of: (at: readonly number[]) => number,
  start: readonly number[],
  { step = 1, tolerance = 1e-8, evaluations = 400 } = {},
): Vertex {
  if (start.length === 0) return { at: [], value: of([]) };
  let left = evaluations;
  const vertex = (at: readonly number[]): Vertex => {
    left--;
    return { at, value: of(at) };
  };
  const others = start.map((_, axis) => vertex(start.map((x, index) => (index === axis ? x + step : x))));
  let simplex = [vertex(start), ...others];
  while (left > 0) {
    simplex.sort((a, b) => a.value - b.value);
    const [best, worst, second] = [simplex[0], simplex.at(-1), simplex.at(-2)];
    if (!best || !worst || !second) break;
    if (Math.abs(worst.value - best.value) <= tolerance * (Math.abs(best.value) + tolerance)) break;
    const centre = start.map(
      (_, axis) => simplex.slice(0, -1).reduce((sum, { at }) => sum + (at[axis] ?? 0), 0) / start.length,
    );
    const along = (share: number): Vertex =>
      vertex(centre.map((x, axis) => x + share * (x - (worst.at[axis] ?? 0))));
    const reflected = along(REFLECT);
    if (reflected.value < best.value) {
      const expanded = along(EXPAND);
      simplex[simplex.length - 1] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < second.value) simplex[simplex.length - 1] = reflected;
    else {
      const contracted = along(reflected.value < worst.value ? CONTRACT : -CONTRACT);
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex[simplex.length - 1] = contracted;
      else
        simplex = [
          best,
          ...simplex
            .slice(1)
            .map(({ at }) =>
              vertex(at.map((x, axis) => (best.at[axis] ?? 0) + SHRINK * (x - (best.at[axis] ?? 0)))),
            ),
        ];
    }
  }
  return simplex.reduce((least, each) => (each.value < least.value ? each : least));
}
