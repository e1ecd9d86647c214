/** Values of a statement; in its text they are `$1`, `$2`, …. */
export class Parameters {
  readonly values: (string | number | boolean | null)[] = [];

  add(value: string | number | boolean): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** One SELECT and its values. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | number | boolean | null)[];
}
