import jsonata from 'jsonata';
import type { MappingAnswer, MappingTask } from './mapping.ts';

const MAX_DEPTH = 200;
const MAX_RECORDS = 1_000;
/** Each record is written twice, once into the change log, and a commit takes 10 MiB. */
const MAX_BYTES = 4_000_000;

/** Evaluates mappings one after the other, in a process that can be ended: nothing else stops a regular expression. */
process.on('message', (task: MappingTask) => {
  evaluate(task).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ refused: messageOf(error) } satisfies MappingAnswer),
  );
});

process.send?.('ready');

async function evaluate({ mapping, given }: MappingTask): Promise<MappingAnswer> {
  const expression = jsonata(mapping);
  limitDepth(expression);
  const { input, bindings } = JSON.parse(given) as { input?: unknown; bindings: Record<string, unknown> };
  const result: unknown = await expression.evaluate(input, bindings);
  if (Array.isArray(result) && result.length > MAX_RECORDS)
    return { refused: `The mapping gave more than ${MAX_RECORDS} records.` };
  // JSONata's sequences carry hidden members; a copy through JSON is plain data.
  const text = JSON.stringify(result) as string | undefined;
  if (text !== undefined && Buffer.byteLength(text) > MAX_BYTES)
    return { refused: `The mapping gave more than ${MAX_BYTES} bytes.` };
  return { result: text };
}

/** JSONata calls these hooks around every step (https://github.com/jsonata-js/jsonata/issues/49). */
function limitDepth(expression: jsonata.Expression): void {
  let depth = 0;
  const enter = (): void => {
    depth++;
    if (depth > MAX_DEPTH) throw new Error('The mapping nests too deeply; does it call itself without end?');
  };
  const leave = (): void => {
    depth--;
  };
  const assign = expression.assign as unknown as (name: symbol, value: () => void) => void;
  assign.call(expression, Symbol.for('jsonata.__evaluate_entry'), enter);
  assign.call(expression, Symbol.for('jsonata.__evaluate_exit'), leave);
}

/** JSONata throws plain objects with a message. */
const messageOf = (error: unknown): string =>
  String((error as { message?: unknown } | undefined)?.message ?? error);
