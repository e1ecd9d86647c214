/** Writes a statement anew from what the lexer read of it, so that another reader can only read the same. */

import { type Token, tokenize } from './lexer.ts';

/** One line of GoogleSQL without comments, every quoted name and text written in one plain form. */
export function rewrite(source: string): string {
  return tokenize(source)
    .filter(({ kind, text }) => kind !== 'end' && !(kind === 'symbol' && text === ';'))
    .map(written)
    .join(' ');
}

function written({ kind, text }: Token): string {
  if (kind === 'quoted') return `\`${escaped(text, '`')}\``;
  if (kind === 'string') return `'${escaped(text, "'")}'`;
  if (kind === 'bytes') return `b'${[...text].map((character) => `\\x${hex(character, 2)}`).join('')}'`;
  return text;
}

const escaped = (text: string, quote: string): string =>
  text.replace(/[\\'`\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    if (character === '\\' || character === quote) return `\\${character}`;
    return character === "'" || character === '`' ? character : `\\U${hex(character, 8)}`;
  });

const hex = (character: string, digits: number): string =>
  (character.codePointAt(0) ?? 0).toString(16).padStart(digits, '0');
