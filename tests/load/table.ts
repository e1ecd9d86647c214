import type { Measurement } from './measure.ts';

const WIDTHS = [8, 12, 8, 9, 9, 9, 9, 9, 8];

export const TABLE_HEAD = row([
  'case',
  'connections',
  'server',
  'per s',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'failures',
  '× bare',
]);

/** Prints one figure, with its ratio to the bare server's where there is one. */
export function printRow(figure: Measurement, bare: Measurement | undefined): void {
  const ratio = bare && figure !== bare ? (figure.rate / bare.rate).toFixed(2) : '';
  console.log(
    row([
      figure.case,
      String(figure.connections),
      figure.target,
      figure.rate.toFixed(0),
      figure.p50.toFixed(2),
      figure.p95.toFixed(2),
      figure.p99.toFixed(2),
      String(figure.failures),
      ratio,
    ]),
  );
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(WIDTHS[index] ?? 0) : cell.padStart(WIDTHS[index] ?? 0)))
    .join(' ');
}
