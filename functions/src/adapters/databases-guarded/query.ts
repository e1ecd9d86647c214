import type { DatabaseEngine, DatabaseRow } from '../../kernel/ports/databases.ts';
import { DatabaseRefused } from '../../kernel/ports/databases.ts';

/** Texts, names and comments, in which nothing is a placeholder; the last group is one. */
const TOKENS: Readonly<Record<DatabaseEngine, RegExp>> = {
  postgres:
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|(\$\w*\$)[\s\S]*?\1|::|(?<since>:since\b)/g,
  mysql:
    /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|(?<since>:since\b)/g,
};

/**
 * The text with the database's own placeholder, and how often it stands there.
 * @param placeholder what stands there instead
 */
export function withPlaceholder(
  sql: string,
  engine: DatabaseEngine,
  placeholder: string,
): { readonly text: string; readonly places: number } {
  let places = 0;
  const text = sql.replace(TOKENS[engine], (token, ...rest) => {
    const groups = rest.at(-1) as { readonly since?: string };
    if (groups.since === undefined) return token;
    places++;
    return placeholder;
  });
  // One statement, but many people end it.
  return { text: text.replace(/;\s*$/, ''), places };
}

/** What is not one query; that nothing is written is the transaction's work. */
export function queryRefusal(sql: string, engine: DatabaseEngine): string | undefined {
  if (engine === 'mysql' && /\/\*M?!/.test(sql))
    return 'Write the query without comments that are run (/*!).';
  const bare = sql.replace(TOKENS[engine], (token) => (/^(?:--|#|\/\*)/.test(token) ? ' ' : token)).trim();
  // Of what a query can write, this alone is not held back by a transaction that can only read.
  if (/\binto\s+(?:outfile|dumpfile)\b/i.test(bare)) return 'The query may not write files.';
  return /^\(*\s*(?:select|with|table|values)\b/i.test(bare) ? undefined : 'Write one SELECT.';
}

/** Refuses columns of which one would hide the other. */
export function checkNames(names: readonly string[]): readonly string[] {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new DatabaseRefused(`The query has two columns called ${twice}. Give one of them another name.`);
  return names;
}

export function toRow(names: readonly string[], values: readonly DatabaseRow[string][]): DatabaseRow {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
}

/** Counts rows, and says when there are too many. */
export class RowLimit {
  readonly #most: number;
  #rows = 0;
  constructor(most: number) {
    this.#most = most;
  }
  add(rows: number): void {
    this.#rows += rows;
    if (this.#rows > this.#most)
      throw new DatabaseRefused(
        `The query gives more than ${this.#most} rows. Ask for fewer, or only for what is new (:since).`,
      );
  }
}

/** Passes items on until the signal ends it: a connection that was cut may never tell its reader. */
export async function* until<T>(
  items: AsyncGenerator<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  const ended = new Promise<never>((_, reject) =>
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
  ended.catch(() => undefined);
  try {
    for (;;) {
      const next = await Promise.race([items.next(), ended]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    const closed = items.return(undefined).catch(() => undefined);
    if (!signal?.aborted) await closed;
  }
}

/** The error of a connection that was ended by its reader, or what ended it. */
export const endedBy = (signal: AbortSignal | undefined, error: unknown): unknown =>
  signal?.aborted ? signal.reason : error;
