import type { Golden } from './case.ts';

const PLAYERS = `WITH p AS (
  SELECT 'Adams' AS name, 'A' AS team, 50 AS points UNION ALL SELECT 'Buchanan', 'A', 0 UNION ALL
  SELECT 'Coolidge', 'B', 15 UNION ALL SELECT 'Davis', 'B', 4 UNION ALL SELECT 'Eisenhower', 'C', 77)`;

const PRODUCE = `WITH produce AS (
  SELECT 'kale' AS item, 23 AS purchases, 'vegetable' AS category UNION ALL SELECT 'banana', 2, 'fruit' UNION ALL
  SELECT 'cabbage', 9, 'vegetable' UNION ALL SELECT 'apple', 8, 'fruit' UNION ALL
  SELECT 'leek', 2, 'vegetable' UNION ALL SELECT 'lettuce', 10, 'vegetable')`;

const SALES = `WITH s AS (SELECT 'Kale' AS product, 51 AS sales, 'Q1' AS quarter UNION ALL SELECT 'Kale', 23, 'Q2' UNION ALL
  SELECT 'Kale', 45, 'Q3' UNION ALL SELECT 'Apple', 77, 'Q1' UNION ALL SELECT 'Apple', 0, 'Q2')`;

export const AGGREGATE_CASES: Golden[] = [
  ['SELECT COUNT(*), COUNT(x), COUNT(DISTINCT x) FROM UNNEST([1, 4, 4, NULL, 5]) AS x', [[5, 4, 3]]],
  ['SELECT COUNTIF(x < 0), COUNTIF(x > 0) FROM UNNEST([5, -2, 3, 6, -10, -7, 4, 0]) AS x', [[3, 4]]],
  ['SELECT SUM(x) FROM UNNEST([1, 2, 3, 4, 5, 4, 3, 2, 1]) AS x', [[25]]],
  ['SELECT SUM(DISTINCT x) FROM UNNEST([1, 2, 3, 4, 5, 4, 3, 2, 1]) AS x', [[15]]],
  ['SELECT SUM(x), AVG(x), MIN(x), COUNT(*) FROM UNNEST(ARRAY<INT64>[]) AS x', [[null, null, null, 0]]],
  ['SELECT AVG(x) FROM UNNEST([0, 2, 4, 4, 5]) AS x', [[3]]],
  ["SELECT AVG(x), SUM(x) FROM UNNEST([NUMERIC '1', NUMERIC '2', NUMERIC '2']) AS x", [['1.666666667', '5']]],
  ["SELECT MIN(x), MAX(x) FROM UNNEST(['b', 'a', 'c']) AS x", [['a', 'c']]],
  ["SELECT MIN(x), MAX(x) FROM UNNEST([1.0, CAST('NaN' AS FLOAT64), 2.0]) AS x", [['NaN', 'NaN']]],
  ['SELECT LOGICAL_AND(x < 3), LOGICAL_OR(x < 3) FROM UNNEST([1, 2, 4]) AS x', [[false, true]]],
  ['SELECT BIT_AND(x), BIT_OR(x), BIT_XOR(x) FROM UNNEST([0xF001, 0x00A1]) AS x', [[1, 0xf0a1, 0xf0a0]]],
  ['SELECT ARRAY_AGG(x) FROM UNNEST([2, 1, -2, 3, -2, 1, 2]) AS x', [[[2, 1, -2, 3, -2, 1, 2]]]],
  ['SELECT ARRAY_AGG(DISTINCT x ORDER BY x) FROM UNNEST([2, 1, -2, 3, -2, 1, 2]) AS x', [[[-2, 1, 2, 3]]]],
  ['SELECT ARRAY_AGG(x IGNORE NULLS) FROM UNNEST([NULL, 1, -2, 3, -2, 1, NULL]) AS x', [[[1, -2, 3, -2, 1]]]],
  ['SELECT ARRAY_AGG(x ORDER BY ABS(x)) FROM UNNEST([2, 1, -3, 4]) AS x', [[[1, 2, -3, 4]]]],
  ['SELECT ARRAY_AGG(x LIMIT 2) FROM UNNEST([2, 1, -2]) AS x', [[[2, 1]]]],
  [
    'SELECT ARRAY_CONCAT_AGG(x ORDER BY ARRAY_LENGTH(x) DESC) FROM (SELECT [1, 2] AS x UNION ALL SELECT [3])',
    [[[1, 2, 3]]],
  ],
  [
    "SELECT STRING_AGG(f) FROM UNNEST(['apple', NULL, 'pear', 'banana', 'pear']) AS f",
    [['apple,pear,banana,pear']],
  ],
  ["SELECT STRING_AGG(f, ' & ') FROM UNNEST(['apple', 'pear', 'banana']) AS f", [['apple & pear & banana']]],
  [
    "SELECT STRING_AGG(DISTINCT f, ' & ' ORDER BY f) FROM UNNEST(['pear', 'apple', 'pear']) AS f",
    [['apple & pear']],
  ],
  [
    "SELECT STRING_AGG(f, ' & ' ORDER BY LENGTH(f) LIMIT 2) FROM UNNEST(['apple', 'pear', 'banana', 'kiwis!!']) AS f",
    [['pear & apple']],
  ],
  ['SELECT APPROX_COUNT_DISTINCT(x) FROM UNNEST([0, 1, 1, 2, 3, 5]) AS x', [[5]]],
  ['SELECT APPROX_QUANTILES(x, 2) FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x', [[[1, 5, 10]]]],
  ['SELECT APPROX_QUANTILES(x, 100)[OFFSET(90)] FROM UNNEST([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) AS x', [[9]]],
  [
    'SELECT APPROX_QUANTILES(DISTINCT x, 2) FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x',
    [[[1, 6, 10]]],
  ],
  [
    "SELECT APPROX_TOP_COUNT(x, 2) FROM UNNEST(['apple', 'apple', 'pear', 'pear', 'pear', 'banana']) AS x",
    [
      [
        [
          ['pear', 3],
          ['apple', 2],
        ],
      ],
    ],
  ],
  [
    'SELECT STDDEV_POP(x), VAR_POP(x), VAR_SAMP(x) FROM UNNEST([2, 4, 4, 4, 5, 5, 7, 9]) AS x',
    [[2, 4, 32 / 7]],
  ],
  ['SELECT CORR(x, x * 2), COVAR_POP(x, x) FROM UNNEST([1.0, 2.0, 3.0]) AS x', [[1, 2 / 3]]],
  [
    "SELECT ANY_VALUE(f HAVING MAX s), MAX_BY(f, s), MIN_BY(f, s) FROM UNNEST([STRUCT('a' AS f, 1 AS s), ('b', 2)])",
    [['b', 'b', 'a']],
  ],
  [
    `${PLAYERS} SELECT team, SUM(points) AS total FROM p GROUP BY team ORDER BY team`,
    [
      ['A', 50],
      ['B', 19],
      ['C', 77],
    ],
  ],
  [
    `${PLAYERS} SELECT team, COUNT(*) FROM p GROUP BY 1 HAVING COUNT(*) > 1 ORDER BY 1 DESC`,
    [
      ['B', 2],
      ['A', 2],
    ],
  ],
  [
    `${PLAYERS} SELECT LOWER(team) AS team, MAX(points) AS m FROM p GROUP BY team HAVING m > 20 ORDER BY m`,
    [
      ['a', 50],
      ['c', 77],
    ],
  ],
  [
    `${PLAYERS} SELECT team, SUM(points) FROM p GROUP BY ROLLUP(team) ORDER BY team`,
    [
      [null, 146],
      ['A', 50],
      ['B', 19],
      ['C', 77],
    ],
  ],
  [
    `${PLAYERS} SELECT team, GROUPING(team) AS g, COUNT(*) FROM p GROUP BY GROUPING SETS (team, ()) ORDER BY g, team`,
    [
      ['A', 0, 2],
      ['B', 0, 2],
      ['C', 0, 1],
      [null, 1, 5],
    ],
  ],
  [`${PLAYERS} SELECT team, name FROM p GROUP BY ALL ORDER BY name LIMIT 1`, [['A', 'Adams']]],
  [
    `${PRODUCE} SELECT item, purchases, category, SUM(purchases) OVER () AS t FROM produce ORDER BY item LIMIT 2`,
    [
      ['apple', 8, 'fruit', 54],
      ['banana', 2, 'fruit', 54],
    ],
  ],
  [
    `${PRODUCE} SELECT item, SUM(purchases) OVER (PARTITION BY category ORDER BY purchases, item ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS t FROM produce ORDER BY category, t`,
    [
      ['banana', 2],
      ['apple', 10],
      ['leek', 2],
      ['cabbage', 11],
      ['lettuce', 21],
      ['kale', 44],
    ],
  ],
  [
    `${PRODUCE} SELECT item, RANK() OVER (PARTITION BY category ORDER BY purchases) AS r FROM produce ORDER BY category, r, item`,
    [
      ['banana', 1],
      ['apple', 2],
      ['leek', 1],
      ['cabbage', 2],
      ['lettuce', 3],
      ['kale', 4],
    ],
  ],
  [
    `${PRODUCE} SELECT item, RANK() OVER (PARTITION BY category ORDER BY purchases DESC) AS rank FROM produce WHERE category = 'vegetable' QUALIFY rank <= 3 ORDER BY rank`,
    [
      ['kale', 1],
      ['lettuce', 2],
      ['cabbage', 3],
    ],
  ],
  [
    `${PRODUCE} SELECT item, LAST_VALUE(item) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS most FROM produce WHERE category = 'fruit' WINDOW w AS (PARTITION BY category ORDER BY purchases) ORDER BY item`,
    [
      ['apple', 'apple'],
      ['banana', 'apple'],
    ],
  ],
  [
    'SELECT x, LAG(x) OVER (ORDER BY x), LEAD(x, 1, 0) OVER (ORDER BY x), FIRST_VALUE(x) OVER (ORDER BY x DESC), NTILE(2) OVER (ORDER BY x) FROM UNNEST([10, 20, 30]) AS x ORDER BY x',
    [
      [10, null, 20, 30, 1],
      [20, 10, 30, 30, 1],
      [30, 20, 0, 30, 2],
    ],
  ],
  [
    'SELECT x, DENSE_RANK() OVER (ORDER BY x), PERCENT_RANK() OVER (ORDER BY x), CUME_DIST() OVER (ORDER BY x), NTH_VALUE(x, 2) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM UNNEST([1, 1, 2]) AS x ORDER BY x',
    [
      [1, 1, 0, 2 / 3, 1],
      [1, 1, 0, 2 / 3, 1],
      [2, 2, 1, 1, 1],
    ],
  ],
  [
    'SELECT PERCENTILE_CONT(x, 0.5) OVER () AS m, PERCENTILE_DISC(x, 0.5) OVER () FROM UNNEST([0, 3, NULL, 1, 2]) AS x LIMIT 1',
    [[1.5, 1]],
  ],
  [
    'SELECT x, SUM(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM UNNEST([1, 2, 4]) AS x ORDER BY x',
    [
      [1, 3],
      [2, 3],
      [4, 4],
    ],
  ],
  [
    "SELECT LAST_VALUE(x IGNORE NULLS) OVER (ORDER BY o) FROM UNNEST(['a', NULL, 'b']) AS x WITH OFFSET o ORDER BY o",
    [['a'], ['a'], ['b']],
  ],
  [
    `${SALES} SELECT * FROM s PIVOT(SUM(sales) FOR quarter IN ('Q1', 'Q2', 'Q3')) ORDER BY product`,
    [
      ['Apple', 77, 0, null],
      ['Kale', 51, 23, 45],
    ],
  ],
  [
    `${SALES} SELECT product, total_first, n_first FROM s PIVOT(SUM(sales) AS total, COUNT(*) AS n FOR quarter IN ('Q1' AS first)) ORDER BY product`,
    [
      ['Apple', 77, 1],
      ['Kale', 51, 1],
    ],
  ],
  [
    "WITH t AS (SELECT 'Kale' AS product, 51 AS Q1, 23 AS Q2, CAST(NULL AS INT64) AS Q3) SELECT * FROM t UNPIVOT(sales FOR quarter IN (Q1, Q2, Q3)) ORDER BY quarter",
    [
      ['Kale', 51, 'Q1'],
      ['Kale', 23, 'Q2'],
    ],
  ],
  [
    "WITH t AS (SELECT 1 AS a, 2 AS b) SELECT v, n FROM t UNPIVOT INCLUDE NULLS (v FOR n IN (a AS 'x', b AS 'y')) ORDER BY n",
    [
      [1, 'x'],
      [2, 'y'],
    ],
  ],
  ['SELECT x, SUM(y) FROM (SELECT 1 AS x, 2 AS y)', 'neither grouped nor aggregated'],
  ['SELECT SUM(x) FROM UNNEST([9223372036854775807, 1]) AS x', 'int64 overflow'],
  ['SELECT SUM(x) FROM UNNEST([1e308, 1e308]) AS x', 'overflow'],
  ["SELECT SUM(x), AVG(x) FROM UNNEST([1.5, CAST('inf' AS FLOAT64)]) AS x", [['Infinity', 'Infinity']]],
  [
    'SELECT SUM(x) OVER (ORDER BY x), AVG(x) OVER () FROM UNNEST([1.5, 2.5]) AS x ORDER BY 1',
    [
      [1.5, 2],
      [4, 2],
    ],
  ],
  ['SELECT SUM(x), AVG(x) FROM UNNEST(ARRAY<FLOAT64>[]) AS x', [[null, null]]],
  ["SELECT SUM(x) FROM UNNEST(['a']) AS x", 'No matching signature for aggregate function SUM'],
];
