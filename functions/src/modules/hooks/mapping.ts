import jsonata from 'jsonata';
import { Problem } from '../../kernel/errors.ts';

const TIMEOUT_MS = 1_000;
const MAX_DEPTH = 200;
const MAX_RECORDS = 1_000;

const refuse = (message: string): Problem =>
  new Problem('invalid', 'The mapping cannot be used.', {
    errors: [{ path: 'mapping', message, code: 'bad_mapping' }],
  });

/** Throws a 422 Problem with the place of the mistake. */
export function compileMapping(mapping: string): jsonata.Expression {
  try {
    return jsonata(mapping);
  } catch (error) {
    const { message, position } = error as { message?: string; position?: number };
    throw refuse(
      `${message ?? 'This is not JSONata.'}${position === undefined ? '' : ` (at character ${position})`}`,
    );
  }
}

/** Evaluates a mapping within one second and a bounded depth, whatever the expression says. */
export async function applyMapping(mapping: string, input: unknown): Promise<Record<string, unknown>[]> {
  const expression = compileMapping(mapping);
  limit(expression);
  let result: unknown;
  try {
    result = await expression.evaluate(input);
  } catch (error) {
    throw error instanceof Problem
      ? error
      : refuse(
          error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error),
        );
  }
  const records = (Array.isArray(result) ? [...result] : [result]) as unknown[];
  if (result === undefined || records.length === 0)
    throw refuse('The mapping gave nothing for this delivery.');
  if (records.length > MAX_RECORDS) throw refuse(`The mapping gave more than ${MAX_RECORDS} records.`);
  // JSONata's sequences carry hidden members; a copy through JSON is plain data.
  return records.map((record) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw refuse('The mapping must give an object, or a list of objects.');
    return JSON.parse(JSON.stringify(record)) as Record<string, unknown>;
  });
}

/** JSONata calls these hooks around every step (https://github.com/jsonata-js/jsonata/issues/49). */
function limit(expression: jsonata.Expression): void {
  const started = performance.now();
  let depth = 0;
  const enter = (): void => {
    depth++;
    if (depth > MAX_DEPTH) throw refuse('The mapping nests too deeply; does it call itself without end?');
    if (performance.now() - started > TIMEOUT_MS) throw refuse('The mapping took longer than a second.');
  };
  const leave = (): void => {
    depth--;
  };
  const assign = expression.assign as unknown as (name: symbol, value: () => void) => void;
  assign.call(expression, Symbol.for('jsonata.__evaluate_entry'), enter);
  assign.call(expression, Symbol.for('jsonata.__evaluate_exit'), leave);
}
