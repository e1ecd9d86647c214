/** GoogleSQL's tokens (https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical). */

import { SqlError } from '../errors.ts';

export type TokenKind =
  | 'name'
  | 'quoted'
  | 'string'
  | 'bytes'
  | 'integer'
  | 'float'
  | 'parameter'
  | 'symbol'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The name, the symbol, the digits, or a string's value; of bytes, the value in Latin-1. */
  readonly text: string;
  /** For a name, its upper case, to compare with keywords; otherwise empty. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s|#[^\n]*|--[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const NAME = /[A-Za-z_][A-Za-z_0-9]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?/y;
const STRING_START = /([rR][bB]?|[bB][rR]?)?("""|'''|"|')/y;
const PARAMETER = /@@?[A-Za-z_][A-Za-z_0-9.]*|\?/y;
const SYMBOL = /<=>|<<|>>|<=|>=|<>|!=|\|\||=>|->|\+=|-=|[-+*/%()[\]{},.;:=<>&|^~@!]/y;

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  for (;;) {
    at += match(SPACE)?.[0].length ?? 0;
    if (at >= source.length) break;
    const token = next(source, at, match, tokens.at(-1));
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '', word: '', start: source.length, end: source.length });
  return tokens;
}

function next(
  source: string,
  start: number,
  match: (pattern: RegExp) => RegExpExecArray | null,
  previous: Token | undefined,
): Token {
  const make = (kind: TokenKind, text: string, end: number, word = ''): Token => ({
    kind,
    text,
    word,
    start,
    end,
  });
  if (source[start] === '`') {
    const close = source.indexOf('`', start + 1);
    if (close < 0) throw new SqlError('Syntax error: Unclosed identifier literal', source, start);
    const text = source.slice(start + 1, close);
    if (text === '') throw new SqlError('Syntax error: Invalid empty identifier', source, start);
    return make('quoted', text, close + 1);
  }
  const string = match(STRING_START);
  if (string) return readString(source, start, string, make);
  const name = match(NAME);
  if (name) return make('name', name[0], start + name[0].length, name[0].toUpperCase());
  // After a dot that follows a name, `.1` would be a field; `t.1` is no GoogleSQL, so only digits start a number.
  const number = source[start] === '.' && previous?.kind === 'name' ? null : match(NUMBER);
  if (number) {
    const text = number[0];
    const isInteger = /^(?:0[xX][0-9a-fA-F]+|\d+)$/.test(text);
    return make(isInteger ? 'integer' : 'float', text, start + text.length);
  }
  const parameter = match(PARAMETER);
  if (parameter) return make('parameter', parameter[0], start + parameter[0].length);
  const symbol = match(SYMBOL);
  if (symbol) return make('symbol', symbol[0] === '!=' ? '<>' : symbol[0], start + symbol[0].length);
  throw new SqlError(`Syntax error: Illegal input character "${source[start]}"`, source, start);
}

function readString(
  source: string,
  start: number,
  [whole, prefix = '', quote = '']: RegExpExecArray,
  make: (kind: TokenKind, text: string, end: number) => Token,
): Token {
  const raw = /r/i.test(prefix);
  const bytes = /b/i.test(prefix);
  let at = start + whole.length;
  let value = '';
  for (;;) {
    if (source.startsWith(quote, at)) {
      const text = bytes && !raw ? value : bytes ? latin1(value) : value;
      return make(bytes ? 'bytes' : 'string', text, at + quote.length);
    }
    const character = source[at];
    if (character === undefined || (character === '\n' && quote.length === 1))
      throw new SqlError('Syntax error: Unclosed string literal', source, start);
    if (character !== '\\') {
      value += bytes && !raw ? latin1(character) : character;
      at += 1;
    } else if (raw) {
      value += source.slice(at, at + 2);
      at += 2;
    } else {
      const [text, length] = readEscape(source, at, bytes);
      value += text;
      at += length;
    }
  }
}

/** UTF-8 bytes as Latin-1 characters. */
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

const ESCAPE = /\\(?:([0-7]{3})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;

function readEscape(source: string, at: number, bytes: boolean): [text: string, length: number] {
  const simple = SIMPLE[source[at + 1] ?? ''];
  if (simple !== undefined) return [simple, 2];
  ESCAPE.lastIndex = at;
  const match = ESCAPE.exec(source);
  const illegal = () =>
    new SqlError(`Syntax error: Illegal escape sequence: ${source.slice(at, at + 2)}`, source, at);
  if (!match) throw illegal();
  const [whole, octal, hex, short, long] = match;
  const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(hex ?? short ?? long ?? '', 16);
  if (bytes && (short || long)) throw illegal();
  if (code > 0x10ffff || (octal && code > 255)) throw illegal();
  return [String.fromCodePoint(code), whole.length];
}
