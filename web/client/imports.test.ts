import { expect, it } from 'vitest';
import { decodeName, fileHeaders, isFinished } from './imports';

it('announces files by their names', () => {
  expect(fileHeaders('people.CSV')).toEqual({ type: 'text/csv' });
  expect(fileHeaders('2010.csv.gz')).toEqual({ type: 'text/csv', encoding: 'gzip' });
  expect(fileHeaders('a.ndjson')?.type).toBe('application/x-ndjson');
  expect(fileHeaders('a.xlsx')?.type).toContain('spreadsheetml');
  expect(fileHeaders('a.pdf')).toBeUndefined();
});

it('reads names from headers', () => {
  expect(decodeName('Kunden%20%C3%BC.csv')).toBe('Kunden ü.csv');
  expect(decodeName('100%.csv')).toBe('100%.csv');
});

it('knows when a job has ended', () => {
  expect(isFinished({ state: 'running' })).toBe(false);
  expect(isFinished({ state: 'cancelled' })).toBe(true);
});
