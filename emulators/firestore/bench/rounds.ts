/** The middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs an operation with so many clients at once, for a while, and returns how often it ran a second. */
export async function rate(
  operation: (n: number) => Promise<unknown>,
  clients: number,
  milliseconds: number,
): Promise<number> {
  const start = performance.now();
  let begun = 0;
  let done = 0;
  const client = async () => {
    while (performance.now() - start < milliseconds) {
      await operation(begun++);
      done++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return (done * 1000) / (performance.now() - start);
}

/**
 * Measures contenders in turn, round by round, so that what else the machine does meets all of them alike. The first
 * rounds, in which the code gets compiled, do not count. Returns the figures of each, by round.
 */
export async function inTurn<Name extends string>(
  contenders: Record<Name, () => Promise<number>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  const warmUp = Math.min(2, rounds - 1);
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const figure = await contenders[name]();
      if (round >= 0) figures[name].push(figure);
    }
    names.reverse();
  }
  return figures;
}

/** The middle one of the ratios, round by round. */
export function ratio(figures: readonly number[], to: readonly number[]): number {
  return median(figures.map((figure, round) => figure / (to[round] ?? Number.NaN)));
}
