import type { Cell } from '@/client/analytics';

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/** Compares numbers as numbers and texts as the reader's language does, digits in them by their value. */
export function compareCells(locale: string): (a: Cell, b: Cell) => number {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  return (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    return compare(String(a), String(b));
  };
}

/** Sorted rows; empty cells come last in both directions, and equal ones keep their order. */
export function sortRows<Row>(
  rows: readonly Row[],
  cellOf: (row: Row) => Cell,
  descending: boolean,
  compare: (a: Cell, b: Cell) => number,
): readonly Row[] {
  return rows
    .map((row) => ({ row, value: cellOf(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      return descending ? compare(b.value, a.value) : compare(a.value, b.value);
    })
    .map(({ row }) => row);
}
