import type { AskedQuestion } from './questions.fixture.ts';
import { ALIVE, ORDERS } from './sql.fixture.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const filled = ORDERS.filter(({ note }) => note !== '');
const exact = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

/** Queries over the dataset, alone and beside the invoices. */
export const DATASET_QUESTIONS: readonly AskedQuestion[] = [
  ['SELECT COUNT(*) AS n FROM cafe_orders_2026', [{ n: 120 }]],
  [
    'SELECT id, sold_at, day, amount, big, ok, note FROM cafe_orders_2026 WHERE id IN ("o1", "o119") ORDER BY amount',
    ORDERS.filter(({ id }) => id === 'o1' || id === 'o119').map(
      ({ person: _person, customer: _customer, ...row }) => ({ ...row, big: exact(row.big) }),
    ),
  ],
  [
    'SELECT SUM(big) AS s, MAX(big) AS m FROM cafe_orders_2026',
    [{ s: String(ORDERS.reduce((total, { big }) => total + big, 0n)), m: String(ORDERS.at(-1)?.big) }],
  ],
  [
    'SELECT ok, AVG(amount) AS a FROM cafe_orders_2026 GROUP BY ok ORDER BY ok',
    [false, true].map((ok) => ({
      ok,
      a: sum(ORDERS.filter((row) => row.ok === ok).map(({ amount }) => amount)) / 60,
    })),
  ],
  [
    'SELECT EXTRACT(QUARTER FROM day) AS q, SUM(amount) AS s FROM cafe_orders_2026 GROUP BY q ORDER BY q',
    [1, 2, 3, 4].map((q) => ({
      q,
      s: sum(
        ORDERS.filter(({ day }) => Math.ceil(Number(day.slice(5, 7)) / 3) === q).map(({ amount }) => amount),
      ),
    })),
  ],
  [
    'SELECT EXTRACT(HOUR FROM sold_at) AS h, COUNT(*) AS n FROM cafe_orders_2026 GROUP BY h ORDER BY h LIMIT 3',
    [0, 1, 2].map((h) => ({ h, n: 5 })),
  ],
  [
    'SELECT COUNT(note) AS notes, COUNTIF(STRPOS(note, "quoted") > 0) AS quoted, MAX(CHAR_LENGTH(note)) AS longest FROM cafe_orders_2026',
    [
      {
        notes: ORDERS.length,
        quoted: filled.length,
        longest: Math.max(...filled.map(({ note }) => note.length)),
      },
    ],
  ],
  [
    'SELECT o.customer, COUNT(DISTINCT o.id) AS orders, COUNT(DISTINCT i.id) AS invoices FROM cafe_orders_2026 AS o LEFT JOIN sales_invoices AS i ON i.customer_id = o.customer GROUP BY o.customer ORDER BY o.customer',
    [0, 1, 2, 3, 4, 5, 6, 7, 8].map((c) => ({
      customer: `c${c}`,
      orders: ORDERS.filter(({ customer }) => customer === `c${c}`).length,
      invoices: ALIVE.filter(({ customerId }) => customerId === `c${c}`).length,
    })),
  ],
  [
    'SELECT APPROX_COUNT_DISTINCT(customer) AS n, STRING_AGG(DISTINCT customer ORDER BY customer LIMIT 3) AS few FROM cafe_orders_2026',
    [{ n: 9, few: 'c0,c1,c2' }],
  ],
  [
    'SELECT word, COUNT(*) AS n FROM cafe_orders_2026, UNNEST(SPLIT(note, " ")) AS word WHERE word = "a" GROUP BY word',
    [{ word: 'a', n: filled.length }],
  ],
  [
    'SELECT TIMESTAMP_DIFF(MAX(sold_at), MIN(sold_at), MINUTE) AS m, DATE_DIFF(MAX(day), MIN(day), MONTH) AS months FROM cafe_orders_2026',
    [{ m: 23 * 60, months: 11 }],
  ],
  [
    'SELECT COUNT(*) AS n FROM cafe_orders_2026 WHERE REGEXP_CONTAINS(person, r"^person\\d+@example\\.test$")',
    [{ n: 120 }],
  ],
  [
    'SELECT MAX(JSON_VALUE(patch, "$.status")) AS s FROM changes WHERE collection = "sales.invoices" AND operation = "update"',
    [{ s: 'paid' }],
  ],
];
