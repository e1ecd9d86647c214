export const tell = (what: string, figure: number, unit: string): void =>
  console.log(
    `${what.padEnd(60)} ${figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toFixed(2)} ${unit}`,
  );

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1_000;
}
