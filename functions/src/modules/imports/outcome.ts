import { asProblem, Problem } from '../../kernel/errors.ts';
import { StoreUnavailable } from '../../kernel/ports/documents.ts';
import type { RowError } from '../../kernel/tables/rows.ts';
import { becauseOf, type Unit } from './units.ts';

/** What became of a unit. */
export interface Outcome {
  readonly unit: Unit;
  readonly result: 'created' | 'updated' | 'unchanged' | 'refused';
  readonly errors: readonly RowError[];
}

/** Does the work of one unit; a refusal is an outcome like others. */
export async function attempt(unit: Unit, work: () => Promise<Outcome['result']>): Promise<Outcome> {
  try {
    return { unit, result: await work(), errors: [] };
  } catch (error) {
    return refusal(unit, error);
  }
}

export const invalid = (path: string, message: string): Problem =>
  new Problem('invalid', message, { errors: [{ path, message, code: 'bad_key' }] });

/** Why a unit was refused, told at the rows concerned. Rethrows what is no fault of the file. */
export function refusal(unit: Unit, error: unknown): Outcome {
  if (error instanceof StoreUnavailable) throw error;
  const problem = asProblem(error);
  if (problem.status >= 500 || problem.code === 'conflict') throw error;
  const [first = { row: 0, line: 0 }] = unit.rows;
  const errors: RowError[] = (problem.errors ?? [{ path: '', message: problem.message }]).map(
    ({ path, message }) => {
      // `lines.3.quantity` is the fourth row's: its field there is `lines.quantity`.
      const [, list, index, rest] = /^([^.]+)\.(\d+)(?:\.(.+))?$/.exec(path) ?? [];
      const place = (unit.rows.length > 1 && index !== undefined && unit.rows[Number(index)]) || first;
      return {
        ...place,
        field: list !== undefined && rest !== undefined && unit.rows.length > 1 ? `${list}.${rest}` : path,
        message,
      };
    },
  );
  const concerned = new Set(errors.map(({ row }) => row));
  const broken = errors[0]?.row ?? first.row;
  return {
    unit,
    result: 'refused',
    errors: [
      ...errors,
      ...unit.rows.filter(({ row }) => !concerned.has(row)).map((place) => becauseOf(place, broken)),
    ],
  };
}

/** Commits and single writes under way at once. */
export const PARALLEL = 4;
