/** Ways to bring a hostile piece of SQL into a query. */

/** What stands where a table may stand. */
export const TABLE_CARRIERS: readonly ((table: string) => string)[] = [
  (table) => `SELECT * FROM ${table}`,
  (table) => `SELECT x.* FROM (SELECT * FROM ${table}) AS x`,
  (table) => `WITH x AS (SELECT * FROM ${table}) SELECT * FROM x`,
  (table) => `WITH a AS (WITH b AS (SELECT * FROM ${table}) SELECT * FROM b) SELECT * FROM a`,
  (table) => `SELECT COUNT(*) AS n FROM crm_contacts UNION ALL SELECT COUNT(*) FROM ${table}`,
  (table) => `SELECT name FROM crm_contacts WHERE id IN (SELECT id FROM ${table})`,
  (table) =>
    `SELECT name FROM crm_contacts AS c WHERE EXISTS (SELECT 1 FROM ${table} WHERE c.id IS NOT NULL)`,
  (table) => `SELECT ARRAY(SELECT AS STRUCT * FROM ${table}) AS a`,
  (table) => `SELECT c.name FROM crm_contacts AS c, ${table} AS x`,
  (table) => `SELECT c.name FROM crm_contacts AS c LEFT JOIN ${table} AS x ON TRUE`,
  (table) => `SELECT * FROM crm_contacts AS c, UNNEST(ARRAY(SELECT AS STRUCT * FROM ${table})) AS x`,
  (table) =>
    `WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, ${table} AS x WHERE n < 3) SELECT * FROM r`,
  (table) => `SELECT (SELECT AS STRUCT * FROM ${table} LIMIT 1) AS s`,
  (table) => `SELECT * FROM ${table} PIVOT (COUNT(*) FOR id IN ('a'))`,
  (table) => `/* crm_contacts */ SELECT * -- FROM crm_contacts\n FROM # crm_contacts\n ${table};`,
];

/** What stands where a value may stand. */
export const VALUE_CARRIERS: readonly ((value: string) => string)[] = [
  (value) => `SELECT ${value}`,
  (value) => `SELECT ${value} FROM crm_contacts AS c LIMIT 3`,
  (value) => `SELECT name FROM crm_contacts AS c WHERE ${value} IS NOT NULL`,
  (value) => `SELECT name FROM crm_contacts AS c ORDER BY ${value}`,
  (value) => `SELECT COUNT(*) FROM crm_contacts AS c GROUP BY ${value}`,
  (value) => `SELECT CONCAT('a', CAST(${value} AS STRING)) FROM crm_contacts AS c`,
  (value) => `SELECT CASE WHEN ${value} IS NULL THEN 1 ELSE 2 END FROM crm_contacts AS c`,
  (value) => `SELECT name FROM crm_contacts AS c WHERE name IN (SELECT CAST(${value} AS STRING))`,
  (value) => `SELECT ARRAY_AGG(${value}) OVER (ORDER BY ${value}) FROM crm_contacts AS c`,
  (value) => `SELECT * FROM UNNEST([${value}]) AS x`,
  (value) => `SELECT STRUCT(${value} AS x, [${value}] AS y)`,
  (value) => `SELECT name FROM crm_contacts AS c QUALIFY ROW_NUMBER() OVER (PARTITION BY ${value}) = 1`,
];

/** What stands where a statement may stand. */
export const STATEMENT_CARRIERS: readonly ((statement: string) => string)[] = [
  (statement) => statement,
  (statement) => `SELECT 1; ${statement}`,
  (statement) => `${statement}; SELECT 1`,
  (statement) => `/* SELECT 1 */ ${statement} -- SELECT 1`,
  (statement) => `BEGIN ${statement}; END`,
  (statement) => `SELECT * FROM (${statement})`,
  (statement) => `WITH x AS (${statement}) SELECT * FROM x`,
  (statement) => `EXPLAIN ${statement}`,
];
