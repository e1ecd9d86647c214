import { expect, it } from 'vitest';
import { personalKinds } from './personal.ts';

const kindOf = (source: string, texts: readonly string[]) => personalKinds([{ source, texts }])[0];

it.each([
  ['Contact', ['ada@example.com', 'grace@example.org'], 'email'],
  ['Account', ['GB82 WEST 1234 5698 7654 32', 'DE89370400440532013000'], 'iban'],
  ['Paid with', ['4242 4242 4242 4242', '5555555555554444', '378282246310005'], 'card'],
  ['Client', ['192.168.1.20', '2001:db8::1'], 'ip-address'],
  ['Ref', ['123-45-6789', '078-05-1120'], 'national-id'],
  ['Ref', ['12345678Z', 'X1234567L'], 'national-id'],
  ['Ref', ['529.982.247-25'], 'national-id'],
  ['Ref', ['RSSMRA85T10A562S'], 'national-id'],
  ['Ref', ['AB 12 34 56 C'], 'national-id'],
  ['Ref', ['2 55 08 14 168 025 38'], 'national-id'],
  ['Line', ['+44 20 7946 0958', '+354 555-1234'], 'phone'],
  ['Mobile phone', ['020 7946 0958', '(555) 555-1234'], 'phone'],
  ['firstName', ['Ada', 'Grace', 'José María'], 'name'],
  ['Customer Name', ["O'Neill, Ann", 'Jean-Luc Picard'], 'name'],
  ['Date of birth', ['1815-12-10', '10.12.1815'], 'birth-date'],
  ['SSN', ['123456789'], 'national-id'],
])('%s %j seems to be %s', (source, texts, kind) => {
  expect(kindOf(source, texts)).toBe(kind);
});

it.each([
  ['InvoiceNo', ['536365', '536366']],
  ['Order', ['4242424242424241', '4000000000000001']],
  ['IBAN-like', ['GB82WEST12345698765433']],
  ['Version', ['1.2.3', '10.20.30']],
  ['Product name', ['Red lamp', 'White hanging heart T-light holder']],
  ['Name', ['Red lamp', 'Blue chair']],
  ['Total', ['12.50', '-3']],
  ['Day', ['2026-01-01']],
  ['Quantity', ['1234567', '7654321']],
  ['Empty', []],
])('%s %j seems to be of nobody', (source, texts) => {
  expect(kindOf(source, texts)).toBeUndefined();
});

it('takes a plain name for one of people beside their addresses', () => {
  const columns = [
    { source: 'Name', texts: ['Ada Lovelace', 'Grace Hopper'] },
    { source: 'Mail', texts: ['ada@example.com', 'grace@example.com'] },
  ];
  expect(personalKinds(columns)).toEqual(['name', 'email']);
});

it('lets some be mistyped, and looks at no more than it needs', () => {
  const addresses = Array.from({ length: 9 }, (_, at) => `a${at}@example.com`);
  expect(kindOf('Contact', [...addresses, 'none'])).toBe('email');
  expect(kindOf('Contact', [...addresses.slice(0, 7), 'a', 'b', 'c'])).toBeUndefined();
});

it('takes time linear in the text', () => {
  const long = [
    'a'.repeat(100_000),
    `${'1 '.repeat(50_000)}x`,
    `+${'('.repeat(100_000)}`,
    'A '.repeat(50_000),
  ];
  expect(kindOf('first name', long)).toBeUndefined();
});
