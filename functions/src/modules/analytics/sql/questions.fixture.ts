import { ALIVE, INVOICES } from './sql.fixture.ts';

type Row = Readonly<Record<string, unknown>>;
/** A query, and its rows. */
export type AskedQuestion = readonly [sql: string, rows: readonly Row[]];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const by = <Item, Key>(items: readonly Item[], key: (item: Item) => Key): [Key, Item[]][] => [
  ...Map.groupBy(items, key),
];
const compare = (a: unknown, b: unknown): number =>
  a === b ? 0 : a === null ? -1 : b === null ? 1 : (a as string) < (b as string) ? -1 : 1;
const sorted = (rows: readonly Row[], ...keys: readonly string[]): Row[] =>
  rows.toSorted((a, b) => keys.map((key) => compare(a[key], b[key])).find((order) => order !== 0) ?? 0);
const LINES = ALIVE.flatMap((invoice) =>
  invoice.lines.map((line, position) => ({ ...line, position, invoice })),
);
const totalOf = (customer: string): number =>
  sum(ALIVE.filter(({ customerId }) => customerId === customer).map(({ total }) => total));

/** Queries of analysts, and their answers worked out from what was sent. */
export const QUESTIONS: readonly AskedQuestion[] = [
  ['SELECT COUNT(*) AS n FROM sales_invoices', [{ n: 40 }]],
  ['SELECT COUNT(*) AS n FROM SALES_Invoices AS i WHERE i.country IS NULL', [{ n: 10 }]],
  [
    'SELECT SUM(total) AS s, MIN(total) AS low, MAX(total) AS high FROM sales_invoices',
    [
      {
        s: sum(ALIVE.map(({ total }) => total)),
        low: Math.min(...ALIVE.map(({ total }) => total)),
        high: Math.max(...ALIVE.map(({ total }) => total)),
      },
    ],
  ],
  [
    'SELECT country, COUNT(*) AS n, SUM(total) AS s FROM sales_invoices GROUP BY country ORDER BY country',
    sorted(
      by(ALIVE, ({ country }) => country ?? null).map(([country, all]) => ({
        country,
        n: all.length,
        s: sum(all.map(({ total }) => total)),
      })),
      'country',
    ),
  ],
  [
    'SELECT kind, status, COUNT(*) AS n FROM sales_invoices GROUP BY 1, 2 ORDER BY 1, 2',
    sorted(
      by(
        ALIVE.map((each, index) => ({ ...each, status: index === 0 ? 'paid' : each.status })),
        ({ kind, status }) => `${kind} ${status}`,
      ).map(([, all]) => ({ kind: all[0]?.kind, status: all[0]?.status, n: all.length })),
      'kind',
      'status',
    ),
  ],
  [
    'SELECT number FROM sales_invoices WHERE paid AND total > 500 ORDER BY number',
    ALIVE.filter(({ paid, total }) => paid && total > 500).map(({ number }) => ({ number })),
  ],
  [
    'SELECT number, issued_at FROM sales_invoices ORDER BY issued_at LIMIT 2 OFFSET 3',
    ALIVE.slice(3, 5).map(({ number, issuedAt }) => ({ number, issued_at: issuedAt.replace('.000', '') })),
  ],
  [
    "SELECT FORMAT_TIMESTAMP('%Y-%m', issued_at) AS month, COUNT(*) AS n FROM sales_invoices GROUP BY month ORDER BY month",
    by(ALIVE, ({ issuedAt }) => issuedAt.slice(0, 7)).map(([month, all]) => ({ month, n: all.length })),
  ],
  [
    'SELECT DATE(issued_at) AS day, total FROM sales_invoices WHERE issued_at >= "2026-02-05" ORDER BY day',
    ALIVE.filter(({ issuedAt }) => issuedAt >= '2026-02-05').map(({ issuedAt, total }) => ({
      day: issuedAt.slice(0, 10),
      total,
    })),
  ],
  [
    'SELECT customer_id, total FROM sales_invoices QUALIFY ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY total DESC) = 1 ORDER BY customer_id',
    sorted(
      by(ALIVE, ({ customerId }) => customerId).map(([customerId, all]) => ({
        customer_id: customerId,
        total: Math.max(...all.map(({ total }) => total)),
      })),
      'customer_id',
    ),
  ],
  [
    'SELECT number, SUM(total) OVER (ORDER BY number ROWS UNBOUNDED PRECEDING) AS running FROM sales_invoices ORDER BY number LIMIT 5',
    ALIVE.slice(0, 5).map(({ number }, index) => ({
      number,
      running: sum(ALIVE.slice(0, index + 1).map(({ total }) => total)),
    })),
  ],
  ['SELECT COUNT(DISTINCT customer_id) AS n FROM sales_invoices', [{ n: 7 }]],
  [
    'SELECT AVG(total) AS a FROM sales_invoices WHERE country = "DE"',
    [{ a: sum(ALIVE.filter(({ country }) => country === 'DE').map(({ total }) => total)) / 10 }],
  ],
  [
    'SELECT number FROM sales_invoices WHERE country IN ("FR", "GB") AND NOT paid ORDER BY number DESC LIMIT 3',
    ALIVE.filter(({ country, paid }) => (country === 'FR' || country === 'GB') && !paid)
      .toReversed()
      .slice(0, 3)
      .map(({ number }) => ({ number })),
  ],
  ['SELECT COUNTIF(paid) AS paid, COUNTIF(NOT paid) AS open FROM sales_invoices', [{ paid: 14, open: 26 }]],
  [
    'SELECT COUNT(*) AS n, SUM(quantity) AS q, SUM(amount) AS a FROM sales_invoices_lines',
    [
      {
        n: LINES.length,
        q: sum(LINES.map(({ quantity }) => quantity)),
        a: sum(LINES.map(({ amount }) => amount)),
      },
    ],
  ],
  [
    'SELECT sku, SUM(amount) AS a FROM sales_invoices_lines GROUP BY sku HAVING SUM(amount) > 100 ORDER BY a DESC, sku',
    by(LINES, ({ sku }) => sku)
      .map(([sku, all]) => ({ sku, a: sum(all.map(({ amount }) => amount)) }))
      .filter(({ a }) => a > 100)
      .toSorted((x, y) => y.a - x.a || compare(x.sku, y.sku)),
  ],
  [
    'SELECT i.country, SUM(l.amount) AS a FROM sales_invoices AS i JOIN sales_invoices_lines AS l ON l.record_id = i.id GROUP BY i.country ORDER BY a',
    by(LINES, ({ invoice }) => invoice.country ?? null)
      .map(([country, all]) => ({ country, a: sum(all.map(({ amount }) => amount)) }))
      .toSorted((x, y) => x.a - y.a),
  ],
  [
    'SELECT i.number, ARRAY(SELECT l.sku FROM sales_invoices_lines AS l WHERE l.record_id = i.id ORDER BY l.position) AS skus FROM sales_invoices AS i ORDER BY i.number LIMIT 4',
    ALIVE.slice(0, 4).map(({ number, lines }) => ({ number, skus: lines.map(({ sku }) => sku) })),
  ],
  [
    'SELECT number, STRUCT(total AS t, paid AS p) AS s FROM sales_invoices ORDER BY number LIMIT 1',
    [{ number: 'N000', s: { t: 0, p: true } }],
  ],
  [
    'SELECT ARRAY_AGG(STRUCT(number, total) ORDER BY total DESC LIMIT 2) AS top FROM sales_invoices',
    [
      {
        top: ALIVE.toSorted((a, b) => b.total - a.total)
          .slice(0, 2)
          .map(({ number, total }) => ({ number, total })),
      },
    ],
  ],
  [
    'WITH totals AS (SELECT customer_id, SUM(total) AS t FROM sales_invoices GROUP BY customer_id) SELECT customer_id FROM totals WHERE t = (SELECT MAX(t) FROM totals)',
    [
      {
        customer_id: ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'].toSorted(
          (a, b) => totalOf(b) - totalOf(a),
        )[0],
      },
    ],
  ],
  [
    'WITH sales_invoices AS (SELECT * FROM sales_invoices WHERE country = "GB") SELECT COUNT(*) AS n FROM sales_invoices',
    [{ n: 10 }],
  ],
  [
    'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT i, (SELECT COUNT(*) FROM sales_invoices AS s WHERE MOD(s.total, 4) = n.i - 1) AS c FROM n ORDER BY i',
    [0, 1, 2, 3].map((rest) => ({ i: rest + 1, c: ALIVE.filter(({ total }) => total % 4 === rest).length })),
  ],
  [
    'SELECT * FROM (SELECT country, status, total FROM sales_invoices) PIVOT (COUNT(total) AS n FOR status IN ("draft", "issued")) ORDER BY country',
    sorted(
      by(ALIVE, ({ country }) => country ?? null).map(([country, all]) => ({
        country,
        n_draft: all.filter(({ status }) => status === 'draft').length,
        n_issued: all.filter(({ status, number }) => status === 'issued' && number !== 'N000').length,
      })),
      'country',
    ),
  ],
  [
    'SELECT number FROM sales_invoices WHERE total < 20 UNION ALL SELECT number FROM sales_invoices WHERE total > 980 ORDER BY number',
    ALIVE.filter(({ total }) => total < 20 || total > 980).map(({ number }) => ({ number })),
  ],
  [
    'SELECT customer_id FROM sales_invoices EXCEPT DISTINCT SELECT customer_id FROM sales_invoices WHERE country = "FR" ORDER BY customer_id',
    [...new Set(ALIVE.map(({ customerId }) => customerId))]
      .filter((id) => !ALIVE.some(({ customerId, country }) => customerId === id && country === 'FR'))
      .toSorted()
      .map((customer_id) => ({ customer_id })),
  ],
  [
    'SELECT country, GROUPING(country) AS g, COUNT(*) AS n FROM sales_invoices WHERE country IS NOT NULL GROUP BY ROLLUP (country) ORDER BY g, country',
    [
      { country: 'DE', g: 0, n: 10 },
      { country: 'FR', g: 0, n: 10 },
      { country: 'GB', g: 0, n: 10 },
      { country: null, g: 1, n: 30 },
    ],
  ],
  [
    'SELECT MAX(margin) AS m, SAFE_DIVIDE(SUM(margin), 0) AS none FROM sales_invoices',
    [{ m: 39 / 8, none: null }],
  ],
  [
    'SELECT CAST(SUM(total) AS NUMERIC) / 3 AS third, NUMERIC "12345678901234567890.123456789" AS long FROM sales_invoices WHERE number = "N001"',
    [{ third: 45.666666667, long: '12345678901234567890.123456789' }],
  ],
  [
    'SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS d FROM sales_invoices_history',
    [{ n: INVOICES.length + 2, d: INVOICES.length }],
  ],
  [
    'SELECT version, status FROM sales_invoices_history WHERE number = "N000" ORDER BY version',
    [
      { version: 1, status: 'issued' },
      { version: 2, status: 'paid' },
    ],
  ],
  [
    'SELECT COUNT(*) AS n FROM sales_invoices_history WHERE valid_to IS NULL AND NOT deleted',
    [{ n: ALIVE.length }],
  ],
  [
    'SELECT operation, COUNT(*) AS n FROM changes WHERE collection = "sales.invoices" GROUP BY operation ORDER BY operation',
    [
      { operation: 'create', n: 41 },
      { operation: 'delete', n: 1 },
      { operation: 'update', n: 1 },
    ],
  ],
];
