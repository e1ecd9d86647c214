import { type Since, SourceRefused } from './kind.ts';

const PLACE = /\{\{\s*since(?:\.(date|seconds|milliseconds))?\s*\}\}/g;

/** Whether a text has a place for where reading begins: `{{since}}`, of times also `{{since.date}}`, `.seconds`, `.milliseconds`. */
export const hasSince = (text: string): boolean => text.search(PLACE) >= 0;

/** The text with its places filled; undefined when it has some and there is nothing to fill them with yet. */
export function filled(text: string, since: Since | undefined): string | undefined {
  if (!hasSince(text)) return text;
  const { value } = since ?? {};
  if (value === undefined) return undefined;
  return text.replaceAll(PLACE, (_place, form?: string) => {
    if (form === undefined) return value;
    const time = Date.parse(value);
    if (Number.isNaN(time)) throw new SourceRefused(`{{since.${form}}} needs a field that holds times.`);
    if (form === 'date') return value.slice(0, 10);
    return String(form === 'seconds' ? Math.floor(time / 1_000) : time);
  });
}

/** A record of texts, without those that wait for a value. */
export const filledRecord = (
  texts: Readonly<Record<string, string>>,
  since: Since | undefined,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => {
      const value = filled(text, since);
      return value === undefined ? [] : [[name, value]];
    }),
  );
