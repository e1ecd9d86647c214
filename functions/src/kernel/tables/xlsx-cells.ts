/** Pieces of SpreadsheetML (ECMA-376 part 1, §18) that a reader of values needs. */

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Character data as text: XML entities, and `_x000D_` as spreadsheets write control characters. */
export function xmlText(raw: string): string {
  const text = raw.includes('&')
    ? raw.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => NAMED[name] ?? codePoint(name) ?? whole)
    : raw;
  return text.includes('_x')
    ? text.replace(/_x([0-9A-F]{4})_/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
}

function codePoint(name: string): string | undefined {
  if (!name.startsWith('#')) return undefined;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  return code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** One attribute out of the inside of a start tag; undefined when it is not there. */
export function attribute(tag: string, name: string): string | undefined {
  const at = tag.indexOf(` ${name}=`);
  if (at < 0) return undefined;
  const open = at + name.length + 2;
  return xmlText(tag.slice(open + 1, tag.indexOf(tag.charAt(open), open + 1)));
}

/** The text of all `<t>` elements: of a plain or rich string, without its phonetic guide. */
export function stringItem(xml: string): string {
  const own = xml.includes('rPh') ? xml.replace(/<(\w+:)?rPh\b[\s\S]*?<\/(\w+:)?rPh>/g, '') : xml;
  let text = '';
  for (const [, content = ''] of own.matchAll(/<(?:\w+:)?t(?:\s[^>]*)?>([\s\S]*?)<\/(?:\w+:)?t>/g))
    text += content;
  return xmlText(text);
}

/** Zero-based column of a cell reference: `A1` is 0, `AB7` is 27. */
export function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length; at++) {
    const code = reference.charCodeAt(at);
    if (code < 65 || code > 90) break;
    column = column * 26 + code - 64;
  }
  return column - 1;
}

export type DateStyle = 'date' | 'time' | undefined;

/** Number formats that are dates by their number alone (§18.8.30 and its East Asian ranges). */
const isBuiltInDate = (id: number): boolean =>
  (id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
const isBuiltInTime = (id: number): boolean => (id >= 18 && id <= 21) || (id >= 45 && id <= 47);

/** For each cell style of `styles.xml`, whether its numbers are dates or times of day. */
export function dateStyles(xml: string): DateStyle[] {
  const formats = new Map<number, DateStyle>();
  for (const [tag] of xml.matchAll(/<(?:\w+:)?numFmt\s[^>]*>/g)) {
    const code = (attribute(tag, 'formatCode') ?? '').replace(
      /"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi,
      '',
    );
    const style = /[yd]/i.test(code) ? 'date' : /[hs]/i.test(code) ? 'time' : undefined;
    formats.set(Number(attribute(tag, 'numFmtId')), style);
  }
  const cellFormats = /<(\w+:)?cellXfs\b[\s\S]*?<\/(\w+:)?cellXfs>/.exec(xml)?.[0] ?? '';
  return [...cellFormats.matchAll(/<(?:\w+:)?xf\s[^>]*>/g)].map(([tag]) => {
    const id = Number(attribute(tag, 'numFmtId') ?? 0);
    return isBuiltInDate(id) ? 'date' : isBuiltInTime(id) ? 'time' : formats.get(id);
  });
}

const DAY = 86_400_000;
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);

/**
 * A serial date as text: `2010-12-01`, or `2010-12-01T08:26:00Z` when it has a time of day. Workbooks know no time
 * zone: the time is taken as UTC. Days before 1900-03-01 are one off, as in the spreadsheets themselves.
 */
export function dateText(serial: number, style: DateStyle, epoch1904: boolean): string {
  const time = Math.round(serial * 86_400) * 1000;
  if (style === 'time' && serial >= 0 && serial < 1) return new Date(time).toISOString().slice(11, 19);
  const date = new Date((epoch1904 ? EPOCH_1904 : EPOCH_1900) + time);
  if (Number.isNaN(date.getTime())) return String(serial);
  return time % DAY === 0 ? date.toISOString().slice(0, 10) : `${date.toISOString().slice(0, 19)}Z`;
}

/** A number as the spreadsheet shows it: 15 digits, so that 2.5499999999999998 is 2.55. */
export function numberText(raw: string): string {
  if (raw.length <= 15) return raw;
  const value = Number(raw);
  return Number.isFinite(value) ? String(Number(value.toPrecision(15))) : raw;
}
