import type { FunctionTable } from '../sql/signatures.ts';

/** Fails where the condition holds; otherwise the value. */
const unless = (condition: string, message: string, value: string, type = 'DOUBLE'): string =>
  `CASE WHEN ${condition} THEN CAST(bq_error('${message}', CAST($1 AS VARCHAR)) AS ${type}) ELSE ${value} END`;

const float = (sql: string): FunctionTable[string] => [['FLOAT64 -> FLOAT64', sql]];
const finite = (sql: string): FunctionTable[string] => float(`bq_checked(${sql})`);

export const MATH: FunctionTable = {
  ABS: [
    ['INT64 -> INT64', 'abs($1)'],
    ['NUMERIC -> NUMERIC', 'abs($1)'],
    ['FLOAT64 -> FLOAT64', 'abs($1)'],
  ],
  SIGN: [
    ['INT64 -> INT64', 'CAST(sign($1) AS BIGINT)'],
    ['NUMERIC -> NUMERIC', 'CAST(sign($1) AS DECIMAL(38,9))'],
    [
      'FLOAT64 -> FLOAT64',
      "CASE WHEN isnan($1) THEN CAST('nan' AS DOUBLE) ELSE CAST(sign($1) AS DOUBLE) END",
    ],
  ],
  DIV: [
    ['INT64, INT64 -> INT64', unless('$2 = 0', 'division by zero', '$1 // $2', 'BIGINT')],
    ['NUMERIC, NUMERIC -> NUMERIC', 'trunc(bq_numeric_divide($1, $2))'],
  ],
  MOD: [
    ['INT64, INT64 -> INT64', unless('$2 = 0', 'division by zero', '$1 % $2', 'BIGINT')],
    ['NUMERIC, NUMERIC -> NUMERIC', unless('$2 = 0', 'division by zero', '$1 % $2', 'DECIMAL(38,9)')],
  ],
  CEIL: [
    ['NUMERIC -> NUMERIC', 'CAST(ceil($1) AS DECIMAL(38,9))'],
    ['FLOAT64 -> FLOAT64', 'ceil($1)'],
  ],
  CEILING: [
    ['NUMERIC -> NUMERIC', 'CAST(ceil($1) AS DECIMAL(38,9))'],
    ['FLOAT64 -> FLOAT64', 'ceil($1)'],
  ],
  FLOOR: [
    ['NUMERIC -> NUMERIC', 'CAST(floor($1) AS DECIMAL(38,9))'],
    ['FLOAT64 -> FLOAT64', 'floor($1)'],
  ],
  ROUND: [
    ['NUMERIC -> NUMERIC', 'CAST(round($1) AS DECIMAL(38,9))'],
    ['FLOAT64 -> FLOAT64', 'round($1)'],
    ['NUMERIC, INT64 -> NUMERIC', "bq_numeric_round($1, $2, 'round')"],
    ['FLOAT64, INT64 -> FLOAT64', "bq_float_round($1, $2, 'round')"],
  ],
  TRUNC: [
    ['NUMERIC -> NUMERIC', 'CAST(trunc($1) AS DECIMAL(38,9))'],
    ['FLOAT64 -> FLOAT64', 'trunc($1)'],
    ['NUMERIC, INT64 -> NUMERIC', "bq_numeric_round($1, $2, 'trunc')"],
    ['FLOAT64, INT64 -> FLOAT64', "bq_float_round($1, $2, 'trunc')"],
  ],
  SQRT: float(unless('$1 < 0', 'Argument to SQRT cannot be negative', 'sqrt($1)')),
  CBRT: float('cbrt($1)'),
  POW: [['FLOAT64, FLOAT64 -> FLOAT64', 'bq_pow($1, $2)']],
  POWER: [['FLOAT64, FLOAT64 -> FLOAT64', 'bq_pow($1, $2)']],
  EXP: finite('exp($1)'),
  LN: float(unless('$1 <= 0', 'Argument to LN must be positive', 'ln($1)')),
  LOG: [
    ['FLOAT64 -> FLOAT64', unless('$1 <= 0', 'Argument to LOG must be positive', 'ln($1)')],
    [
      'FLOAT64, FLOAT64 -> FLOAT64',
      unless('$1 <= 0 OR $2 <= 0 OR $2 = 1', 'Invalid argument to LOG', 'ln($1) / ln($2)'),
    ],
  ],
  LOG10: float(unless('$1 <= 0', 'Argument to LOG10 must be positive', 'log10($1)')),
  SIN: float('sin($1)'),
  COS: float('cos($1)'),
  TAN: float('tan($1)'),
  COT: float('cot($1)'),
  ASIN: float(unless('abs($1) > 1', 'Argument to ASIN must be between -1 and 1', 'asin($1)')),
  ACOS: float(unless('abs($1) > 1', 'Argument to ACOS must be between -1 and 1', 'acos($1)')),
  ATAN: float('atan($1)'),
  ATAN2: [['FLOAT64, FLOAT64 -> FLOAT64', 'atan2($1, $2)']],
  SINH: finite('sinh($1)'),
  COSH: finite('cosh($1)'),
  TANH: float('tanh($1)'),
  ASINH: float('asinh($1)'),
  ACOSH: float(unless('$1 < 1', 'Argument to ACOSH must be at least 1', 'acosh($1)')),
  ATANH: float(unless('abs($1) >= 1', 'Argument to ATANH must be between -1 and 1', 'atanh($1)')),
  RAND: [['-> FLOAT64', 'random()']],
  BIT_COUNT: [['INT64 -> INT64', 'CAST(bit_count($1) AS BIGINT)']],
};
