import type { Victim } from './world.ts';

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Queries out of GoogleSQL's grammar, over names that the asker has and such that they have not, a third of them damaged. */
export function generatedQueries(victim: Victim, count: number, seed: number): string[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const sql = new Query(victim, random).text();
    return random() < 0.66 ? sql : damaged(sql, random);
  });
}

const DAMAGE = [
  "'",
  '"',
  '`',
  '--',
  '/*',
  '*/',
  ';',
  '\\',
  '(',
  ')',
  '\u0000',
  '\u2028',
  'main.',
  '@@',
  '$',
  '#',
];

function damaged(sql: string, random: () => number): string {
  const at = Math.floor(random() * sql.length);
  const piece = DAMAGE[Math.floor(random() * DAMAGE.length)] ?? '';
  return random() < 0.3 ? sql.slice(0, at) + sql.slice(at + 3) : sql.slice(0, at) + piece + sql.slice(at);
}

class Query {
  readonly #random: () => number;
  readonly #victim: Victim;
  /** How many parts it may still get. */
  #budget = 40;
  #aliases = 0;

  constructor(victim: Victim, random: () => number) {
    this.#victim = victim;
    this.#random = random;
  }

  text(): string {
    return this.#query([]);
  }

  #pick<T>(...from: readonly [T, ...T[]]): T {
    return from[Math.floor(this.#random() * from.length)] ?? from[0];
  }

  #maybe(share: number, text: () => string): string {
    this.#budget -= 1;
    return this.#budget > 0 && this.#random() < share ? text() : '';
  }

  /** One column called `id`, of the type STRING. @param outer aliases of tables that have such a column */
  #query(outer: readonly string[]): string {
    const name = this.#name();
    const table = this.#maybe(0.25, () => name);
    const withs = table && `WITH ${name} AS (${this.#query(outer)}) `;
    const operator = this.#pick('UNION ALL', 'UNION DISTINCT', 'EXCEPT DISTINCT', 'INTERSECT DISTINCT');
    const more = this.#maybe(0.15, () => ` ${operator} ${this.#select(outer, table)}`);
    const order = this.#maybe(0.3, () => ' ORDER BY 1');
    const limit = this.#maybe(0.5, () => ` LIMIT ${this.#pick('5', '0', '1000')}`);
    return `${withs}${this.#select(outer, table)}${more}${order}${limit}`;
  }

  #select(outer: readonly string[], named: string): string {
    const own = this.#alias();
    const from = `${this.#table(outer, named)} AS ${own}`;
    const other = this.#alias();
    const joined = this.#maybe(0.25, () => this.#pick(' JOIN', ' LEFT JOIN', ' FULL JOIN'));
    const join = joined && `${joined} ${this.#table(outer, named)} AS ${other} ON ${own}.id = ${other}.id`;
    const known = [...outer, own, ...(join ? [other] : [])];
    const where = this.#maybe(0.4, () => ` WHERE ${this.#condition(known)}`);
    const grouped = this.#maybe(0.15, () => ` GROUP BY ${this.#pick('1', 'ALL', `${own}.id`)}`);
    const value = grouped ? `${own}.id` : this.#value(known);
    const qualify = grouped
      ? ''
      : this.#maybe(0.1, () => ` QUALIFY ROW_NUMBER() OVER (ORDER BY ${this.#value(known)}) < 3`);
    return `SELECT ${this.#maybe(0.15, () => 'DISTINCT ')}${value} AS id FROM ${from}${join}${where}${grouped}${qualify}`;
  }

  #table(outer: readonly string[], named: string): string {
    if (named && this.#random() < 0.5) return named;
    const inner = this.#maybe(0.25, () => `(${this.#query(outer)})`);
    if (inner) return inner;
    const { tenantId, datasetId } = this.#victim;
    if (this.#random() < 0.97)
      return this.#pick(
        'crm_contacts',
        'changes',
        'orders',
        'crm_contacts_history',
        '`orders`',
        'CRM_Contacts',
      );
    return this.#pick(
      'main.changes',
      'victim_ledger',
      `\`${datasetId}\``,
      `\`${tenantId}\``,
      'information_schema.tables',
      "read_text('/etc/passwd')",
      'duckdb_tables()',
    );
  }

  #condition(known: readonly string[]): string {
    const [left, right] = [this.#value(known), this.#value(known)];
    return this.#pick(
      () => `${left} = ${right}`,
      () => `${left} IS NOT NULL OR 1 = 1`,
      () => `${left} LIKE CONCAT('%', ${right})`,
      () => `${left} IN (${this.#query(known)})`,
      () => `EXISTS (${this.#query(known)})`,
      () => `REGEXP_CONTAINS(${left}, r'^[a-z]+$')`,
    )();
  }

  #value(known: readonly string[]): string {
    const composed = this.#maybe(0.3, () =>
      this.#pick(
        () => `(SELECT MAX(id) FROM (${this.#query(known)}))`,
        () => `CONCAT(${this.#value(known)}, ${this.#value(known)})`,
        () => `COALESCE(${this.#value(known)}, ${this.#value(known)})`,
        () => `IF(${this.#condition(known)}, 'a', 'b')`,
        () => `ARRAY_TO_STRING(ARRAY(${this.#query(known)}), ',')`,
        () => `TO_JSON_STRING(${this.#pick('1', 'NULL', ...known)})`,
        () => `MAX(${this.#value(known)}) OVER ()`,
      )(),
    );
    if (composed) return composed;
    const { tenantId, directory } = this.#victim;
    if (this.#random() < 0.97)
      return this.#pick(`'${tenantId}'`, `'${directory}'`, "'a'", ...known.map((alias) => `${alias}.id`));
    return this.#pick('tenant_id', "getenv('HOME')", 'SESSION_USER()', '@@version', 'main.id');
  }

  #alias(): string {
    this.#aliases += 1;
    return `${this.#pick('t', 'main', 'changes', 'orders', 'q', 'w')}${this.#aliases}`;
  }

  #name(): string {
    return this.#pick(
      'x',
      'crm_contacts',
      'main',
      'changes',
      '`a"b`',
      '`w1`',
      'q1',
      'orders',
      '`main.changes`',
    );
  }
}
