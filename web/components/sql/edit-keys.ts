/** What a key does to the text of an editor: the stretch that is replaced, by what, and what is selected after it. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly select: readonly [from: number, to: number];
}

const INDENT = '  ';

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

/** Enter: the next line begins where this one does. */
export function newLine(text: string, from: number, to: number): Edit {
  const indent = /^[ \t]*/.exec(text.slice(lineStart(text, from), from))?.[0] ?? '';
  const end = from + 1 + indent.length;
  return { from, to, text: `\n${indent}`, select: [end, end] };
}

/** Tab: two spaces, or the lines of the selection moved in. */
export function indent(text: string, from: number, to: number): Edit {
  if (!text.slice(from, to).includes('\n'))
    return { from, to, text: INDENT, select: [from + INDENT.length, from + INDENT.length] };
  return onLines(text, from, to, (line) => (line === '' ? line : INDENT + line));
}

/** Shift+Tab: the lines of the selection moved out. */
export const outdent = (text: string, from: number, to: number): Edit =>
  onLines(text, from, to, (line) => line.replace(/^(\t| {1,2})/, ''));

function onLines(text: string, from: number, to: number, change: (line: string) => string): Edit {
  const start = lineStart(text, from);
  // A selection that ends at the start of a line does not mean that line.
  const last = to > from && text[to - 1] === '\n' ? to - 1 : to;
  const end = text.indexOf('\n', last) < 0 ? text.length : text.indexOf('\n', last);
  const before = text.slice(start, end).split('\n');
  const after = before.map(change);
  const moved = after.join('\n');
  const first = (after[0]?.length ?? 0) - (before[0]?.length ?? 0);
  return {
    from: start,
    to: end,
    text: moved,
    select: [Math.max(start, from + first), to + moved.length - (end - start)],
  };
}

/** The place of a line and a column, both from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  return Math.min(text.length, before + Math.min(column - 1, lines[line - 1]?.length ?? 0));
}
