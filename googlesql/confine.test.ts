import { expect, test } from 'vitest';
import { confine } from './confine.ts';
import { INT64, STRING } from './sql/types.ts';

const TABLES = [
  {
    name: 'orders',
    columns: [
      { name: 'id', type: STRING },
      { name: 'n', type: INT64 },
    ],
  },
  { name: 'w1', columns: [{ name: 'id', type: STRING }] },
];
const written = (sql: string): string => confine(sql, TABLES).googlesql;

test('what is written anew means the same, without comments, in one plain form', () => {
  expect(written("SELECT 'it\\'s' -- a comment\n, r'\\d', \"\"\"a\nb\"\"\", b'\\xff' ; ;")).toBe(
    "SELECT 'it\\'s' , '\\\\d' , 'a\\U0000000ab' , b'\\xff'",
  );
  expect(written('SELECT/* x */n#y\nFROM `orders` AS `a\\`')).toBe('SELECT n FROM `orders` AS `a\\\\`');
  expect(written("SELECT '\\u2028\\u202e`'")).toBe("SELECT '\\U00002028\\U0000202e`'");
  const plain = 'SELECT \'\\u2028`\\\\\', """a\'b""", r\'c\\.d\'';
  expect(confine(written(plain), TABLES).duckdb).toBe(confine(plain, TABLES).duckdb);
});

test('a query is told to read the tables that it names, and of each the columns it needs', () => {
  const reads = (sql: string) => Object.fromEntries(confine(sql, TABLES).reads);
  expect(reads('SELECT n FROM ORDERS')).toEqual({ orders: ['n'] });
  expect(reads('SELECT COUNT(*) FROM orders')).toEqual({ orders: ['id'] });
  expect(reads('SELECT o FROM orders AS o')).toEqual({ orders: ['id', 'n'] });
  expect(reads('WITH orders AS (SELECT 1 AS x) SELECT * FROM orders')).toEqual({});
  expect(reads('SELECT (SELECT MAX(w1.id) FROM w1) FROM orders')).toEqual({ orders: ['id'], w1: ['id'] });
});

test('no name of the printed SQL stands for a table given', () => {
  expect(confine('WITH x AS (SELECT 1 AS a) SELECT a FROM x, w1', TABLES).duckdb).toMatch(/main\."w1"/);
});

test.each([
  ['SELECT 1; SELECT 2', 'Scripts of several statements are not supported at [1:11]'],
  ['INSERT INTO orders VALUES (1)', 'Only queries may be run here, but this is an INSERT at [1:1]'],
  ['SELECT * FROM a.b', 'Tables are named without project and dataset here: a.b at [1:15]'],
  ['SELECT * FROM `orders_*`', 'Wildcard tables cannot be asked here: orders_* at [1:15]'],
  ['SELECT * FROM x.INFORMATION_SCHEMA.TABLES', 'INFORMATION_SCHEMA cannot be asked here'],
  ['SELECT tenant FROM orders', 'Unrecognized name: tenant at [1:8]'],
  ['SELECT \u0000', 'The character U+0000 is not supported at [1:8]'],
  [`SELECT ${'1+'.repeat(20_000)}1`, 'Query is too complex'],
  [
    `WITH a0 AS (SELECT 1 x, 2 y)${Array.from({ length: 20 }, (_, i) => `, a${i + 1} AS (SELECT p.*, q.* FROM a${i} p, a${i} q)`).join('')} SELECT 1 FROM a20`,
    'a SELECT has more than 10000 columns',
  ],
])('refused: %s', (sql, message) => {
  expect(() => confine(sql, TABLES)).toThrow(message);
});
