import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeField } from '../fields.ts';
import { instant } from '../schema.ts';
import { coercer, Refusal } from './coerce.ts';

const read = (schema: z.ZodType, text: string, decimal: '.' | ',' = '.') =>
  coercer(describeField(schema), { decimal, guarded: true })(text);
const refused = (schema: z.ZodType, text: string, decimal: '.' | ',' = '.') => {
  const value = read(schema, text, decimal);
  return value instanceof Refusal ? value.message : value;
};

describe('cells become values', () => {
  it.each([
    [z.number(), '1.5', 1.5],
    [z.number(), ' -2e3 ', -2000],
    [z.number(), '+.5', 0.5],
    [z.number(), '-0', 0],
    [z.int(), '17850.0', 17850],
    [z.boolean(), 'Yes', true],
    [z.boolean(), '0', false],
    [instant, '2010-12-01T08:26:00+01:00', '2010-12-01T07:26:00.000Z'],
    [instant, '2010-12-01 08:26:00', '2010-12-01T08:26:00.000Z'],
    [instant, '2010-12-01 08:26', '2010-12-01T08:26:00.000Z'],
    [instant, '2010-12-01', '2010-12-01T00:00:00.000Z'],
    [instant, '2010-12-01T08:26:00.123456-0530', '2010-12-01T13:56:00.123Z'],
    [z.iso.date(), '2024-02-29', '2024-02-29'],
    [z.iso.date(), '2024-02-29T00:00:00Z', '2024-02-29'],
    [z.enum(['lead', 'Customer']), 'CUSTOMER', 'Customer'],
    [z.array(z.string()), 'a; b;;c', ['a', ' b', 'c']],
    [z.array(z.number()), '1;2.5', [1, 2.5]],
    [z.array(z.string()), '["a;b","c"]', ['a;b', 'c']],
    [z.object({ a: z.string() }), '{"a":"b"}', { a: 'b' }],
    [z.string(), ' kept as it is ', ' kept as it is '],
    [z.string(), "'=1+1", '=1+1'],
    [z.string(), "'tis", "'tis"],
    [z.string().optional(), '   ', undefined],
    [z.number().default(1), '', undefined],
  ] as const)('%#: %s', (schema, text, value) => {
    expect(read(schema, text)).toEqual(value);
  });

  it('reads numbers with a decimal comma when the file says so', () => {
    expect(read(z.number(), '1,5', ',')).toBe(1.5);
    expect(read(z.number(), '12', ',')).toBe(12);
    expect(refused(z.number(), '1.5', ',')).toContain('with “,” before decimals');
  });

  it.each([
    [
      z.number(),
      '1,234',
      '“1,234” is not a number: write it without separators of thousands, with “.” before decimals.',
    ],
    [z.number(), '1,234.50', 'separators of thousands'],
    [z.number(), '12 EUR', '“12 EUR” is not a number.'],
    [z.number(), '0x10', 'not a number'],
    [z.number(), 'Infinity', 'not a number'],
    [z.number(), '1e999', 'too large'],
    [z.int(), '1.5', 'not a whole number'],
    [z.int(), '9007199254740993', 'too large'],
    [z.boolean(), 'maybe', 'neither true nor false'],
    [instant, '01/12/2010', 'is not a time such as'],
    [instant, '2010-02-30 10:00', 'not a time that exists'],
    [instant, '2010-02-03 25:00', 'not a time that exists'],
    [z.iso.date(), '2023-02-29', 'not a date that exists'],
    [z.iso.date(), '2023-02-28T10:00:00Z', 'is not a date such as'],
    [z.enum(['a', 'b']), 'c', '“c” is not one of a, b.'],
    [z.array(z.number()), '1;x', 'not a number'],
    [z.array(z.object({ a: z.string() })), 'x', 'list of objects'],
    [z.object({ a: z.string() }), '{a', 'as JSON'],
  ] as const)('%#: refuses %s', (schema, text, message) => {
    expect(refused(schema, text)).toContain(message);
  });
});
