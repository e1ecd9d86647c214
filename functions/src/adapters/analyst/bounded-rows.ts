import { BigQueryError, type SqlType } from '@mewayz/googlesql';
import type { Answer, AskLimits } from '../../kernel/ports/questions.ts';

export type Bounds = Pick<AskLimits, 'maxRows' | 'maxBytes'>;

/** The rows of an answer, as far as its bounds let them in. */
export class BoundedRows {
  readonly rows: Answer['rows'][number][] = [];
  readonly #bounds: Bounds;
  #bytes = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** False when the row is one too many: it is left out, and no more can come. Throws when it alone is too much. */
  add(row: Answer['rows'][number]): boolean {
    const { maxRows, maxBytes } = this.#bounds;
    this.#bytes += Buffer.byteLength(JSON.stringify(row));
    if (this.rows.length < maxRows && this.#bytes <= maxBytes) {
      this.rows.push(row);
      return true;
    }
    if (this.rows.length > 0) return false;
    throw new BigQueryError(
      'responseTooLarge',
      `One row takes more than the ${maxBytes} bytes of an answer.`,
    );
  }
}

/** A number as JSON has it, when it has it exactly; text otherwise. Undefined for types that are no exact numbers. */
export function exactNumber(text: string, { kind }: SqlType): number | string | undefined {
  if (kind === 'INT64') return Number.isSafeInteger(Number(text)) ? Number(text) : text;
  if (kind === 'NUMERIC') return String(Number(text)) === text ? Number(text) : text;
  return undefined;
}
