import { describe, expect, it } from 'vitest';
import { guess } from './guess.ts';

describe('what a column holds', () => {
  const many = (...texts: string[]): string[] => Array.from({ length: 50 }, () => texts).flat();

  it.each([
    [['1', '-20', '0'], { type: 'integer' }],
    [['1', '2.5', '1e3', '.5'], { type: 'number' }],
    [['007', '123'], { type: 'string' }],
    [['536365', 'C536379'], { type: 'string' }],
    [['yes', 'No'], { type: 'boolean', format: { kind: 'boolean', yes: 'yes', no: 'no' } }],
    [['1.234,50', '7,5'], { type: 'number', format: { kind: 'number', decimal: ',' } }],
    [['€ 1,234.50', '(7.25)'], { type: 'number', format: { kind: 'number', decimal: '.' } }],
    [['2026-01-31', '2026-1-1'], { type: 'date' }],
    [['2026-01-31T10:00:00+02:00', '2026-01-31 10:00'], { type: 'timestamp' }],
    [['31.01.2026', '01.02.2026'], { type: 'date', format: { kind: 'date', pattern: 'DD.MM.YYYY' } }],
    [['1/31/2026 9:05 PM'], { type: 'timestamp', format: { kind: 'timestamp', pattern: 'MM/DD/YYYY' } }],
    [['{"a":1}', '[]'], { type: 'json' }],
    [['2026-13-01'], { type: 'string' }],
    [[], { type: 'string' }],
  ])('%j is %j', (texts, expected) => {
    expect(guess(texts)).toEqual(expected);
  });

  it('asks where a date could be two dates, until one of them decides', () => {
    const [british, american] = ['DD/MM/YYYY', 'MM/DD/YYYY'].map((pattern) => ({ kind: 'date', pattern }));
    expect(guess(many('01/02/2026', '03/04/2026'))).toEqual({
      type: 'date',
      format: british,
      alternatives: [american],
    });
    expect(guess([...many('01/02/2026'), '13/04/2026'])).toEqual({ type: 'date', format: british });
  });

  it('asks where a comma could part decimals or thousands', () => {
    expect(guess(many('1,234', '5,678')).alternatives).toEqual([{ kind: 'number', decimal: '.' }]);
    expect(guess([...many('1,234'), '0,5']).alternatives).toBeUndefined();
  });

  it('keeps a type that one value in a thousand does not fit', () => {
    const numbers = Array.from({ length: 2_000 }, (_, index) => String(index));
    expect(guess([...numbers, 'broken'])).toEqual({ type: 'integer' });
    expect(guess([...numbers.slice(0, 100), 'broken'])).toEqual({ type: 'string' });
  });
});
