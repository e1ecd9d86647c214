import type { Golden } from './case.ts';

const ROSTER = `WITH Roster AS (SELECT 'Adams' AS LastName, 50 AS SchoolID UNION ALL SELECT 'Buchanan', 52 UNION ALL
  SELECT 'Coolidge', 52 UNION ALL SELECT 'Davis', 51 UNION ALL SELECT 'Eisenhower', 77),
  TeamMascot AS (SELECT 50 AS SchoolID, 'Jaguars' AS Mascot UNION ALL SELECT 51, 'Knights' UNION ALL
  SELECT 52, 'Lakers' UNION ALL SELECT 53, 'Mustangs')`;

export const QUERY_CASES: Golden[] = [
  [
    `${ROSTER} SELECT Roster.LastName, TeamMascot.Mascot FROM Roster JOIN TeamMascot ON Roster.SchoolID = TeamMascot.SchoolID ORDER BY LastName`,
    [
      ['Adams', 'Jaguars'],
      ['Buchanan', 'Lakers'],
      ['Coolidge', 'Lakers'],
      ['Davis', 'Knights'],
    ],
  ],
  [
    `${ROSTER} SELECT LastName, Mascot FROM Roster FULL JOIN TeamMascot USING (SchoolID) ORDER BY SchoolID, LastName`,
    [
      ['Adams', 'Jaguars'],
      ['Davis', 'Knights'],
      ['Buchanan', 'Lakers'],
      ['Coolidge', 'Lakers'],
      [null, 'Mustangs'],
      ['Eisenhower', null],
    ],
  ],
  [
    `${ROSTER} SELECT * FROM Roster LEFT JOIN TeamMascot USING (SchoolID) ORDER BY LastName DESC LIMIT 2`,
    [
      [77, 'Eisenhower', null],
      [51, 'Davis', 'Knights'],
    ],
  ],
  [`${ROSTER} SELECT COUNT(*) FROM Roster, TeamMascot`, [[20]]],
  [
    `${ROSTER} SELECT r.*, t.Mascot AS m FROM Roster AS r RIGHT JOIN TeamMascot t ON r.SchoolID = t.SchoolID WHERE r.LastName IS NULL`,
    [[null, null, 'Mustangs']],
  ],
  [
    `${ROSTER} SELECT LastName FROM Roster r WHERE EXISTS (SELECT 1 FROM TeamMascot t WHERE t.SchoolID = r.SchoolID AND t.Mascot = 'Lakers') ORDER BY 1`,
    [['Buchanan'], ['Coolidge']],
  ],
  [
    `${ROSTER} SELECT LastName, (SELECT Mascot FROM TeamMascot t WHERE t.SchoolID = r.SchoolID) FROM Roster r ORDER BY LastName LIMIT 1 OFFSET 4`,
    [['Eisenhower', null]],
  ],
  ['SELECT x FROM UNNEST([2, NULL, 1]) AS x ORDER BY x', [[null], [1], [2]]],
  ['SELECT x FROM UNNEST([2, NULL, 1]) AS x ORDER BY x DESC', [[2], [1], [null]]],
  ['SELECT x FROM UNNEST([2, NULL, 1]) AS x ORDER BY x DESC NULLS FIRST', [[null], [2], [1]]],
  [
    "SELECT x FROM UNNEST([1.0, CAST('NaN' AS FLOAT64), NULL, CAST('-inf' AS FLOAT64)]) AS x ORDER BY x",
    [[null], ['NaN'], ['-Infinity'], [1]],
  ],
  [
    'SELECT x, x * 2 AS y FROM UNNEST([1, 2]) AS x ORDER BY y DESC',
    [
      [2, 4],
      [1, 2],
    ],
  ],
  ['SELECT DISTINCT x FROM UNNEST([3, 1, 3]) AS x ORDER BY x', [[1], [3]]],
  ['SELECT 1 AS x UNION ALL SELECT 2 UNION ALL SELECT 1 ORDER BY x', [[1], [1], [2]]],
  ['SELECT 1 AS x UNION DISTINCT SELECT 1', [[1]]],
  ['SELECT 1 AS x UNION ALL SELECT 2.5 ORDER BY x', [[1], [2.5]]],
  [
    'SELECT x FROM UNNEST([1, 2, 3]) x INTERSECT DISTINCT SELECT x FROM UNNEST([2, 3, 4]) x ORDER BY x',
    [[2], [3]],
  ],
  ['SELECT x FROM UNNEST([1, 2, 3]) x EXCEPT DISTINCT SELECT 2 ORDER BY x', [[1], [3]]],
  ['(SELECT 1 AS a) UNION ALL (SELECT 2 ORDER BY 1 LIMIT 1) ORDER BY a DESC', [[2], [1]]],
  ['WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT a.x, b.x AS y FROM a, b', [[1, 2]]],
  ['WITH a AS (SELECT 1 AS x) (WITH b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b)', [[2]]],
  [
    'WITH a AS (SELECT 1 AS x) (WITH RECURSIVE b AS (SELECT x FROM a UNION ALL SELECT x + 1 FROM b WHERE x < 3) SELECT x FROM b ORDER BY x DESC)',
    [[3], [2], [1]],
  ],
  [
    'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t ORDER BY n',
    [[1], [2], [3], [4], [5]],
  ],
  [
    'WITH RECURSIVE f AS (SELECT 1 AS n, 1 AS v UNION ALL SELECT n + 1, v * (n + 1) FROM f WHERE n < 5) SELECT MAX(v) FROM f',
    [[120]],
  ],
  ['SELECT * EXCEPT (b) FROM (SELECT 1 AS a, 2 AS b, 3 AS c)', [[1, 3]]],
  ['SELECT * REPLACE (a * 10 AS a) FROM (SELECT 1 AS a, 2 AS b)', [[10, 2]]],
  ['SELECT t.* FROM (SELECT 1 AS a, 2 AS b) AS t', [[1, 2]]],
  ["SELECT t.s.* FROM (SELECT STRUCT(1 AS a, 'x' AS b) AS s) AS t", [[1, 'x']]],
  ['SELECT AS STRUCT 1 AS a, 2 AS b', [[1, 2]]],
  ['SELECT AS VALUE STRUCT(1 AS a, 2 AS b)', [[1, 2]]],
  ['SELECT t FROM (SELECT 1 AS a, 2 AS b) AS t', [[[1, 2]]]],
  [
    'SELECT a FROM (SELECT 1 AS a) WHERE a IN (1, 2) -- comment\n # another\n /* and one more */ AND TRUE',
    [[1]],
  ],
  ["SELECT '''multi\nline''' AS a, \"double\" AS b", [['multi\nline', 'double']]],
  ['SELECT `a b`.`c d` FROM (SELECT 1 AS `c d`) AS `a b`', [[1]]],
  [
    "SELECT IF(x > 1, 'big', 'small') AS size, COUNT(*) AS n FROM UNNEST([1, 2, 3]) AS x GROUP BY size ORDER BY size",
    [
      ['big', 2],
      ['small', 1],
    ],
  ],
  ['SELECT a, b FROM UNNEST([1, 2]) AS a JOIN UNNEST([2, 3]) AS b ON a = b', [[2, 2]]],
  [
    'SELECT x FROM (SELECT ARRAY_AGG(x ORDER BY x) AS xs FROM UNNEST([2, 1]) AS x), UNNEST(xs) AS x WITH OFFSET o ORDER BY o',
    [[1], [2]],
  ],
  [
    "SELECT DATE(ts) AS d, COUNT(*) FROM UNNEST([TIMESTAMP '2020-01-01 10:00:00', '2020-01-01 23:00:00', '2020-01-02 00:00:00']) AS ts GROUP BY d ORDER BY d",
    [
      ['2020-01-01', 2],
      ['2020-01-02', 1],
    ],
  ],
  ['SELECT CURRENT_DATE() = DATE(CURRENT_TIMESTAMP()), CURRENT_DATE = CURRENT_DATE()', [[true, true]]],
  ['SELECT LENGTH(GENERATE_UUID()), RAND() < 1', [[36, true]]],
  ['SELECT (SELECT AS STRUCT 1 AS a, 2 AS b).b', [[2]]],
  ['SELECT a.b.c[0] FROM (SELECT STRUCT(STRUCT([7] AS c) AS b) AS a)', [[7]]],
  ['SELECT x FROM UNNEST([1, 2]) AS x WHERE x = 1 OR x = 2 AND FALSE', [[1]]],
  ['SELECT NOT x, -y, +y FROM (SELECT TRUE AS x, 5 AS y)', [[false, -5, 5]]],
  ['SELECT 1 < 2, 2 <= 2, 3 <> 4, 3 != 3', [[true, true, true, false]]],
  ['SELEC 1', 'Syntax error'],
  ['SELECT 1 FROM', 'Syntax error'],
  ['SELECT foo', 'Unrecognized name: foo at [1:8]'],
  ['SELECT 1 AS a, 2 AS a', 'Duplicate column names'],
  ['SELECT a FROM (SELECT 1 AS a), (SELECT 2 AS a)', 'ambiguous'],
  ['SELECT 1; SELECT 2', 'Scripts of several statements are not supported'],
  ['DECLARE x INT64', 'Scripting statement DECLARE is not supported'],
  ['BEGIN TRANSACTION', 'Scripting statement BEGIN is not supported'],
  ['CALL p()', 'Scripting statement CALL is not supported'],
  ['EXPORT DATA OPTIONS(uri="gs://x/*") AS SELECT 1', 'not supported'],
  ['CREATE TEMP FUNCTION f() AS (1)', 'not supported'],
  ['SELECT * FROM nothing.here', 'Not found: Dataset p:nothing'],
  ['SELECT * FROM here', 'must be qualified with a dataset'],
  ["SELECT * FROM read_csv('/etc/passwd')", 'read_csv is not supported'],
  ["SELECT * FROM '/etc/passwd'", 'Syntax error'],
  ['SELECT * FROM duckdb_settings()', 'not supported'],
  ["SELECT getenv('HOME')", 'Function GETENV is not supported'],
  ["ATTACH 'x' AS y", 'Syntax error'],
  ["COPY t TO 'x'", 'Syntax error'],
  ['PRAGMA version', 'Syntax error'],
  ['INSTALL httpfs', 'Syntax error'],
  ['SET memory_limit = "1TB"', 'Scripting statement SET is not supported'],
  ['SELECT * FROM `main.t1`', 'Not found'],
  ['SELECT x FROM UNNEST([1]) AS x FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()', 'Syntax error'],
  ['SELECT @missing', "Query parameter 'missing' not found"],
  ['SELECT 1 UNION SELECT 2', 'Syntax error'],
  ['SELECT 1 UNION ALL SELECT 2, 3', 'mismatched column count'],
  ['SELECT * EXCEPT (z) FROM (SELECT 1 AS a)', 'Column z'],
  ["SELECT 'unclosed", 'Unclosed string literal'],
  ['SELECT 1 ORDER BY 5', 'out of range'],
  // https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#by_name_or_corresponding
  [
    'SELECT 1 AS a, 2 AS b UNION ALL BY NAME SELECT 3 AS b, 4 AS a ORDER BY a',
    [
      [1, 2],
      [4, 3],
    ],
  ],
  [
    'SELECT 1 AS a, 2 AS b FULL OUTER UNION ALL BY NAME SELECT 2.5 AS b, "x" AS c ORDER BY b',
    [
      [1, 2, null],
      [null, 2.5, 'x'],
    ],
  ],
  [
    'SELECT 1 AS b FULL UNION ALL BY NAME SELECT 2 AS a ORDER BY a',
    [
      [1, null],
      [null, 2],
    ],
  ],
  [
    'SELECT 1 AS a, 2 AS b LEFT UNION ALL BY NAME SELECT 9 AS c, 3 AS A ORDER BY a',
    [
      [1, 2],
      [3, null],
    ],
  ],
  ['SELECT 1 AS a, 2 AS b UNION DISTINCT CORRESPONDING SELECT 2 AS B, 5 AS c', [[2]]],
  ['SELECT 2 AS b, 1 AS a INTERSECT DISTINCT BY NAME SELECT 1 AS a, 2 AS b', [[2, 1]]],
];
