import { expect, it } from 'vitest';
import { compareCells, sortRows } from './sorting';

const sorted = (values: readonly (string | number | boolean | null)[], descending = false) =>
  sortRows(values, (value) => value, descending, compareCells('en'));

it('sorts figures by value and texts as people do, with nothing at the end', () => {
  expect(sorted([10, 9, null, -1])).toEqual([-1, 9, 10, null]);
  expect(sorted([10, null, 9, -1], true)).toEqual([10, 9, -1, null]);
  expect(sorted(['item 10', 'Éclair', 'item 9', 'eclair', ''])).toEqual([
    '',
    'eclair',
    'Éclair',
    'item 9',
    'item 10',
  ]);
});
