import { expect, it } from 'vitest';
import { patternsOf, scalarOf } from './outgoing';

it('offers an event, its collection, its module and everything', () => {
  const event = { name: 'crm.contacts.created', description: '', schema: {}, example: {} };
  expect(patternsOf([event])).toEqual(['*', 'crm.*', 'crm.contacts.*', 'crm.contacts.created']);
});

it('takes digits as a number only where a field of these events is one', () => {
  expect(scalarOf('number', '2026', ['finance.invoices.created'])).toBe('2026');
  expect(scalarOf('total', '2026', ['finance.*'])).toBe(2026);
  expect(scalarOf('total', 'much', ['finance.*'])).toBe('much');
  expect(scalarOf('active', 'true', ['commerce.products.*'])).toBe(true);
  expect(scalarOf('country', 'true', ['*'])).toBe('true');
});
