import { expect, it } from 'vitest';
import { type Edit, indent, newLine, offsetOf, outdent } from './edit-keys';

/** The text after an edit, with the selection in brackets. */
function shown(text: string, { from, to, text: by, select: [start, end] }: Edit): string {
  const after = text.slice(0, from) + by + text.slice(to);
  return `${after.slice(0, start)}[${after.slice(start, end)}]${after.slice(end)}`;
}

it('keeps the indentation of a line in the next one', () => {
  expect(shown('  a,b', newLine('  a,b', 4, 4))).toBe('  a,\n  []b');
  expect(shown('a', newLine('a', 0, 1))).toBe('\n[]');
});

it('moves lines in and out again, and keeps them selected', () => {
  const text = 'a\nb\n\nc';
  expect(shown(text, indent(text, 1, 1))).toBe('a  []\nb\n\nc');
  const moved = indent(text, 0, 5);
  expect(shown(text, moved)).toBe('  [a\n  b\n\n]c');
  expect(shown(' a\n   b', outdent(' a\n   b', 0, 7))).toBe('[a\n b]');
  expect(shown('a', outdent('a', 1, 1))).toBe('a[]');
});

it('finds a line and a column', () => {
  expect(offsetOf('ab\ncd', 2, 2)).toBe(4);
  expect(offsetOf('ab\ncd', 1, 9)).toBe(2);
  expect(offsetOf('ab', 7, 1)).toBe(2);
});
