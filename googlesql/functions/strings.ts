import { SqlError } from '../errors.ts';
import type { Form } from '../sql/calls.ts';
import { toText } from '../sql/casts.ts';
import { failure, noSignature } from '../sql/operators.ts';
import type { FunctionTable } from '../sql/signatures.ts';
import { bind, coerce, type Typed, typed } from '../sql/typed.ts';
import { arrayOf, BYTES, INT64, STRING } from '../sql/types.ts';

const fail = (condition: string, message: string, value: string): string =>
  `CASE WHEN ${condition} THEN bq_error('${message}', CAST($2 AS VARCHAR)) ELSE ${value} END`;
/** Places count from 1, negative ones from the end; what lies before the start is the start. */
const PLACE = '(CASE WHEN $2 = 0 OR $2 < -length($1) THEN 1 ELSE $2 END)';
const trim = (which: string): FunctionTable[string] => [
  ['STRING -> STRING', `bq_trim($1, NULL, '${which}')`],
  ['STRING, STRING -> STRING', `bq_trim($1, $2, '${which}')`],
];
const pad = (name: string): FunctionTable[string] => [
  [
    'STRING, INT64 -> STRING',
    fail(
      '$2 < 0',
      'Second argument (output size) for LPAD/RPAD cannot be negative',
      `${name}($1, CAST($2 AS INTEGER), ' ')`,
    ),
  ],
  [
    'STRING, INT64, STRING -> STRING',
    fail(
      "$2 < 0 OR $3 = ''",
      'Invalid output size or empty pattern for LPAD/RPAD',
      `${name}($1, CAST($2 AS INTEGER), $3)`,
    ),
  ],
];
const hash = (name: string): FunctionTable[string] => [
  ['STRING -> BYTES', `bq_hash('${name}', encode($1))`],
  ['BYTES -> BYTES', `bq_hash('${name}', $1)`],
];
const both = (string: string, bytes: string, result?: string): FunctionTable[string] => [
  [`STRING -> ${result ?? 'STRING'}`, string],
  [`BYTES -> ${result ?? 'BYTES'}`, bytes],
];
const length = both('length($1)', 'octet_length($1)', 'INT64');
const byteLength = both('strlen($1)', 'octet_length($1)', 'INT64');
const substr: FunctionTable[string] = [
  ['STRING, INT64 -> STRING', `substring($1, ${PLACE})`],
  [
    'STRING, INT64, INT64 -> STRING',
    fail('$3 < 0', 'Third argument in SUBSTR() cannot be negative', `substring($1, ${PLACE}, $3)`),
  ],
  ['BYTES, INT64 -> BYTES', 'bq_bytes_substr($1, $2, NULL)'],
  ['BYTES, INT64, INT64 -> BYTES', 'bq_bytes_substr($1, $2, $3)'],
];

export const STRINGS: FunctionTable = {
  LENGTH: length,
  CHAR_LENGTH: [['STRING -> INT64', 'length($1)']],
  CHARACTER_LENGTH: [['STRING -> INT64', 'length($1)']],
  BYTE_LENGTH: byteLength,
  OCTET_LENGTH: byteLength,
  UPPER: [['STRING -> STRING', 'upper($1)']],
  LOWER: [['STRING -> STRING', 'lower($1)']],
  SUBSTR: substr,
  SUBSTRING: substr,
  LEFT: [
    [
      'STRING, INT64 -> STRING',
      fail('$2 < 0', 'Second argument in LEFT() cannot be negative', 'left($1, $2)'),
    ],
  ],
  RIGHT: [
    [
      'STRING, INT64 -> STRING',
      fail('$2 < 0', 'Second argument in RIGHT() cannot be negative', 'right($1, $2)'),
    ],
  ],
  TRIM: trim('both'),
  LTRIM: trim('start'),
  RTRIM: trim('end'),
  LPAD: pad('lpad'),
  RPAD: pad('rpad'),
  STRPOS: [['STRING, STRING -> INT64', 'strpos($1, $2)']],
  INSTR: [
    ['STRING, STRING -> INT64', 'bq_instr($1, $2, 1, 1)'],
    ['STRING, STRING, INT64 -> INT64', 'bq_instr($1, $2, $3, 1)'],
    ['STRING, STRING, INT64, INT64 -> INT64', 'bq_instr($1, $2, $3, $4)'],
  ],
  REPLACE: [['STRING, STRING, STRING -> STRING', 'replace($1, $2, $3)']],
  REPEAT: [
    [
      'STRING, INT64 -> STRING',
      fail('$2 < 0', 'Second argument in REPEAT() cannot be negative', 'repeat($1, $2)'),
    ],
  ],
  REVERSE: [['STRING -> STRING', 'bq_reverse($1)']],
  STARTS_WITH: [['STRING, STRING -> BOOL', 'starts_with($1, $2)']],
  ENDS_WITH: [['STRING, STRING -> BOOL', 'ends_with($1, $2)']],
  SPLIT: [
    ['STRING -> ARRAY<STRING>', "bq_split($1, ',')"],
    ['STRING, STRING -> ARRAY<STRING>', 'bq_split($1, $2)'],
  ],
  INITCAP: [
    ['STRING -> STRING', 'bq_initcap($1, NULL)'],
    ['STRING, STRING -> STRING', 'bq_initcap($1, $2)'],
  ],
  TRANSLATE: [['STRING, STRING, STRING -> STRING', 'bq_translate($1, $2, $3)']],
  SOUNDEX: [['STRING -> STRING', 'bq_soundex($1)']],
  EDIT_DISTANCE: [['STRING, STRING -> INT64', 'bq_edit_distance($1, $2)']],
  ASCII: [['STRING -> INT64', 'bq_code_point($1, true)']],
  UNICODE: [['STRING -> INT64', 'bq_code_point($1, false)']],
  CHR: [['INT64 -> STRING', 'bq_code_points([$1])']],
  CODE_POINTS_TO_STRING: [['ARRAY<INT64> -> STRING', 'bq_code_points($1)']],
  TO_CODE_POINTS: [['STRING -> ARRAY<INT64>', 'bq_to_code_points($1)']],
  TO_HEX: [['BYTES -> STRING', 'lower(to_hex($1))']],
  FROM_HEX: [['STRING -> BYTES', "bq_decode('hex', $1)"]],
  TO_BASE64: [['BYTES -> STRING', 'to_base64($1)']],
  FROM_BASE64: [['STRING -> BYTES', "bq_decode('base64', $1)"]],
  TO_BASE32: [['BYTES -> STRING', 'bq_to_base32($1)']],
  FROM_BASE32: [['STRING -> BYTES', "bq_decode('base32', $1)"]],
  SAFE_CONVERT_BYTES_TO_STRING: [['BYTES -> STRING', 'bq_lossy_text($1)']],
  MD5: hash('md5'),
  SHA1: hash('sha1'),
  SHA256: hash('sha256'),
  SHA512: hash('sha512'),
  FARM_FINGERPRINT: [
    ['STRING -> INT64', 'bq_farm_fingerprint(encode($1))'],
    ['BYTES -> INT64', 'bq_farm_fingerprint($1)'],
  ],
  REGEXP_CONTAINS: [['STRING, STRING -> BOOL', 'regexp_matches($1, $2)']],
  REGEXP_REPLACE: [['STRING, STRING, STRING -> STRING', "regexp_replace($1, $2, $3, 'g')"]],
};

/** The group that REGEXP_EXTRACT answers: the only one there is, or the whole match. */
function groupOf(pattern: Typed, name: string): number {
  if (pattern.literal === undefined)
    throw new SqlError(`Function ${name} with a pattern that is no literal or parameter is not supported`);
  const bare = pattern.literal.replace(
    /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]])*\]/g,
    '',
  );
  const groups = bare.match(/\((?!\?)|\(\?P?<(?![=!])/g)?.length ?? 0;
  if (groups > 1)
    throw new SqlError(
      `Regular expressions passed into extraction functions must not have more than 1 capturing group`,
    );
  return groups;
}

const regexpExtract: Form = (args, { name }) => {
  const [text, pattern, position, occurrence] = args;
  if (text?.type.kind === 'BYTES') throw new SqlError(`Function ${name} of BYTES is not supported`);
  const [value, wanted] = [text && coerce(text, STRING), pattern && coerce(pattern, STRING)];
  if (!value || !wanted || args.length > 4) throw noSignature(`function ${name}`, args);
  const group = groupOf(wanted, name);
  if (!position)
    return bind([value], ([x = value]) =>
      typed(
        `CASE WHEN regexp_matches(${x.sql}, ${wanted.sql}) THEN regexp_extract(${x.sql}, ${wanted.sql}, ${group}) END`,
        STRING,
      ),
    );
  const from = coerce(position, INT64);
  const nth = occurrence ? coerce(occurrence, INT64) : typed('1', INT64);
  if (!from || !nth) throw noSignature(`function ${name}`, args);
  return bind([value, from, nth], ([x = value, p = from, n = nth]) =>
    typed(
      `CASE WHEN ${p.sql} < 1 OR ${n.sql} < 1 THEN ${failure('Position and occurrence must be positive', p.sql, STRING)} ELSE ` +
        `regexp_extract_all(substring(${x.sql}, ${p.sql}), ${wanted.sql}, ${group})[${n.sql}] END`,
      STRING,
    ),
  );
};

const regexpExtractAll: Form = (args, { name }) => {
  const [value, pattern] = args.map((arg) => coerce(arg, STRING));
  if (!value || !pattern || args.length !== 2) throw noSignature(`function ${name}`, args);
  return typed(
    `regexp_extract_all(${value.sql}, ${pattern.sql}, ${groupOf(pattern, name)})`,
    arrayOf(STRING),
  );
};

/** Numbers, dates and BOOLs are turned into text; one NULL makes the whole NULL. */
const concat: Form = (args, { name }) => {
  if (args.length === 0) throw noSignature(`function ${name}`, args);
  if (args.some(({ type }) => type.kind === 'BYTES')) {
    const bytes = args.map((arg) => coerce(arg, BYTES));
    if (!bytes.every((one) => one !== undefined)) throw noSignature(`function ${name}`, args);
    return typed(`(${bytes.map(({ sql }) => sql).join(' || ')})`, BYTES);
  }
  if (args.some(({ type }) => ['ARRAY', 'STRUCT', 'JSON', 'INTERVAL'].includes(type.kind)))
    throw noSignature(`function ${name}`, args);
  return typed(`(${args.map((arg) => toText(arg).sql).join(' || ')})`, STRING);
};

const MODES = ['NFC', 'NFD', 'NFKC', 'NFKD'];

const normalize: Form = (args, { name, nodes }) => {
  const value = args[0] && coerce(args[0], STRING);
  const node = nodes[1];
  const mode = node === undefined ? 'NFC' : node.node === 'part' ? node.part : '';
  if (!value || !MODES.includes(mode)) throw noSignature(`function ${name}`, args);
  return typed(`bq_normalize(${value.sql}, '${mode}', ${name === 'NORMALIZE_AND_CASEFOLD'})`, STRING);
};

export const STRING_FORMS: Readonly<Record<string, Form>> = {
  CONCAT: concat,
  NORMALIZE: normalize,
  NORMALIZE_AND_CASEFOLD: normalize,
  REGEXP_EXTRACT: regexpExtract,
  REGEXP_SUBSTR: regexpExtract,
  REGEXP_EXTRACT_ALL: regexpExtractAll,
};
