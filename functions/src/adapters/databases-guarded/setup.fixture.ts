/** Tables with every type that has something to lose, and one with many rows. */
export const POSTGRES_SETUP = `
CREATE TYPE mood AS ENUM ('calm', 'wild');
CREATE TABLE things (id int8 PRIMARY KEY, amount numeric(40,20), ratio float8, small float4, ok bool, day date, at timestamp, zoned timestamptz, doc jsonb, tags text[], numbers int8[], raw bytea, note text, mood mood, gone text);
INSERT INTO things VALUES
 (9007199254740993, 12345678901234567890.12345678901234567890, 0.1, 0.1, true, '2024-02-29', '2024-02-29 23:59:59.123456', '2024-03-31 01:30:00.5+02', '{"a": 9007199254740993, "b": [1]}', ARRAY['x"y', NULL, 'ü,'], ARRAY[9007199254740993], '\\x00ff10', '', 'wild', NULL),
 (2, 'NaN', 'Infinity', -0.5, false, '0044-03-15 BC', NULL, NULL, '5', '{}', NULL, '\\x', 'it''s :since', 'calm', NULL);
CREATE TABLE many AS SELECT n AS id, repeat(md5(n::text), 8) AS text FROM generate_series(1, 60000) AS n;`;

export const MARIADB_SETUP = `
CREATE TABLE things (id BIGINT UNSIGNED PRIMARY KEY, amount DECIMAL(40,20), ratio DOUBLE, small FLOAT, ok TINYINT(1), day DATE, at DATETIME(6), zoned TIMESTAMP(6) NULL, doc JSON, raw BLOB, note TEXT, mood ENUM('calm','wild'), gone TEXT);
SET time_zone = '+02:00';
INSERT INTO things VALUES (18446744073709551615, 12345678901234567890.12345678901234567890, 0.1, 0.1, 1, '2024-02-29', '2024-02-29 23:59:59.123456', '2024-03-31 01:30:00.5', '{"a": 9007199254740993}', x'00ff10', '', 'wild', NULL);
INSERT INTO things VALUES (2, -0.5, -1e300, 16777216, 0, '1000-01-01', NULL, NULL, '5', '', 'ü', 'calm', NULL);
CREATE SEQUENCE numbers;
CREATE TABLE many AS SELECT seq AS id, repeat(md5(seq), 8) AS text FROM seq_1_to_60000;`;
