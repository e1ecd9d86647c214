import { expect, test } from 'vitest';
import { keepsToDraft } from './guard.ts';

const draft =
  'Revenue was £1,461,756.25 in November 2011, £391,051.58 more than in October 2011, a change of 36.5%. Germany (−£5,331.00), 18102.0 stayed.';

test.each([
  'In November 2011, revenue came to £1,461,756.25: £391,051.58 more than in October, 36.5%.',
  'Revenue was £1461756.25, which is 36.5% more.',
  'Germany moved by -£5,331.',
  'Revenue grew.',
])('accepts %s', (answer) => {
  expect(keepsToDraft(draft, answer)).toBe(true);
});

test.each([
  ['another figure', 'Revenue was £1,461,756.26.'],
  ['a rounded figure', 'Revenue was £1.46 million.'],
  ['a moved decimal point', 'Revenue changed by 365%.'],
  ['a figure without its percent sign', 'Revenue changed by £36.5.'],
  ['a figure with another currency', 'Revenue was €1,461,756.25.'],
  ['a lost sign', 'Germany moved by £5,331.'],
  ['an added sign', 'A change of −36.5%.'],
  ['a year that was not named', 'Compared with 2010, revenue was £1,461,756.25.'],
  ['a number in words', 'Revenue more than doubled.'],
  ['an invented fraction', 'Almost half came from Germany.'],
  ['a turned direction', 'Revenue fell by 36.5%.'],
  ['nothing', '  '],
  ['an essay', 'Revenue was £1,461,756.25. '.repeat(20)],
])('refuses %s', (_, answer) => {
  expect(keepsToDraft(draft, answer)).toBe(false);
});
