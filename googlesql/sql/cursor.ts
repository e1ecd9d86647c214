import { SqlError } from '../errors.ts';
import { type Token, tokenize } from './lexer.ts';

/** Words that cannot be names unless quoted (https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#reserved_keywords). */
const RESERVED = new Set(
  `ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT
  DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL
  GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP
  MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE
  RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN
  WHERE WINDOW WITH WITHIN`.split(/\s+/),
);

/** A place in a list of tokens, with the questions that a recursive-descent parser asks. */
export class Cursor {
  readonly source: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  /** How many `?` were read. */
  positional = 0;
  #depth = 0;

  constructor(source: string) {
    this.source = source;
    this.#tokens = tokenize(source);
  }

  get token(): Token {
    return this.ahead(0);
  }

  /** The offset of the token that comes. */
  get at(): number {
    return this.token.start;
  }

  /** Where the token before ended. */
  get lastEnd(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0;
  }

  ahead(count: number): Token {
    const token = this.#tokens[Math.min(this.#index + count, this.#tokens.length - 1)];
    if (!token) throw new SqlError('Syntax error: Unexpected end of script');
    return token;
  }

  advance(): Token {
    const { token } = this;
    this.#index += 1;
    return token;
  }

  /** Whether the keywords come next. */
  is(...words: readonly string[]): boolean {
    return words.every((word, index) => this.ahead(index).word === word);
  }

  isSymbol(symbol: string, offset = 0): boolean {
    const token = this.ahead(offset);
    return token.kind === 'symbol' && token.text === symbol;
  }

  /** Takes the keywords when they come next. */
  take(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false;
    this.#index += words.length;
    return true;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#index += 1;
    return true;
  }

  expect(...words: readonly string[]): void {
    for (const word of words) if (!this.take(word)) throw this.unexpected(`keyword ${word}`);
  }

  expectSymbol(symbol: string): void {
    // `>>` closes two type parameters.
    if (symbol === '>' && this.isSymbol('>>')) this.#split();
    else if (!this.takeSymbol(symbol)) throw this.unexpected(`"${symbol}"`);
  }

  #split(): void {
    const { token } = this;
    const half = { ...token, text: '>', start: token.start + 1 };
    (this.#tokens as Token[])[this.#index] = half;
  }

  isName(offset = 0): boolean {
    const { kind, word } = this.ahead(offset);
    return kind === 'quoted' || (kind === 'name' && !RESERVED.has(word));
  }

  name(): string {
    if (!this.isName()) throw this.unexpected('identifier');
    return this.advance().text;
  }

  /** A name after a dot, where reserved words are names too. */
  anyName(): string {
    const { kind } = this.token;
    if (kind !== 'name' && kind !== 'quoted') throw this.unexpected('identifier');
    return this.advance().text;
  }

  unexpected(expected?: string): SqlError {
    const { kind, text, word, start } = this.token;
    if (kind === 'end') return this.error('Syntax error: Unexpected end of script', start);
    const what =
      kind === 'name'
        ? RESERVED.has(word)
          ? `keyword ${word}`
          : `identifier "${text}"`
        : kind === 'symbol'
          ? `"${text}"`
          : `${kind === 'quoted' ? 'identifier' : kind} literal "${text}"`;
    return this.error(
      expected ? `Syntax error: Expected ${expected} but got ${what}` : `Syntax error: Unexpected ${what}`,
      start,
    );
  }

  error(message: string, at = this.at): SqlError {
    return new SqlError(message, this.source, at);
  }

  /** Items parted by commas. */
  list<Item>(item: () => Item): Item[] {
    const items = [item()];
    while (this.takeSymbol(',')) items.push(item());
    return items;
  }

  parenthesized<Result>(inner: () => Result): Result {
    this.expectSymbol('(');
    const result = inner();
    this.expectSymbol(')');
    return result;
  }

  /**
   * Whether the parenthesis that comes holds a query and no expression or join. After `((`, what follows the inner
   * pair decides: `((SELECT 1) UNION ALL …)` is a query, `((SELECT 1) + 1)` is none.
   */
  isQueryAhead(): boolean {
    if (!this.isSymbol('(')) return false;
    const { word } = this.ahead(1);
    if (word === 'SELECT' || word === 'WITH') return true;
    if (!this.isSymbol('(', 1)) return false;
    let depth = 0;
    let at = 1;
    do {
      if (this.isSymbol('(', at)) depth += 1;
      if (this.isSymbol(')', at)) depth -= 1;
      at += 1;
    } while (depth > 0 && this.ahead(at).kind !== 'end');
    return ['UNION', 'INTERSECT', 'EXCEPT', 'ORDER', 'LIMIT'].includes(this.ahead(at).word);
  }

  /** Bounds how deep expressions and queries nest, so that no text exhausts the stack. */
  nested<Result>(read: () => Result): Result {
    this.#depth += 1;
    if (this.#depth > 150) throw this.error('Query is too complex: it nests too deeply');
    try {
      return read();
    } finally {
      this.#depth -= 1;
    }
  }
}
