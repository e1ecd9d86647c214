import type { HttpResponse } from '../../../kernel/ports/http.ts';
import { type Call, callText } from './call.ts';
import { type Fetching, type SourceRecord, SourceRefused } from './kind.ts';
import { valueAt } from './records.ts';

/** One page as text. */
const MAX_PAGE_BYTES = 32 * 2 ** 20;
/** Records that are enough to judge columns by. */
const PREVIEWED = 1_000;

export interface Page {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly records: readonly SourceRecord[];
}

export interface Pages {
  readonly first: Omit<Call, 'maxBytes'>;
  /** Takes the records out of an answer; throws `SourceRefused` when there are none to find. */
  records(body: unknown): readonly SourceRecord[];
  /** The call for the page after this one; undefined after the last. */
  next(page: Page, call: Omit<Call, 'maxBytes'>): Omit<Call, 'maxBytes'> | undefined;
  readonly maxPages: number;
}

/** Reads pages one after the other. */
export async function* readPages(
  fetching: Fetching,
  { first, records, next, maxPages }: Pages,
  signal: AbortSignal,
): AsyncGenerator<readonly SourceRecord[]> {
  let left = fetching.maxBytes;
  let seen = 0;
  let call: Omit<Call, 'maxBytes'> | undefined = first;
  for (let pages = 1; call; pages++) {
    if (pages > maxPages) throw new SourceRefused(`It has more than ${maxPages} pages.`);
    const maxBytes = Math.min(MAX_PAGE_BYTES, left);
    const answer: HttpResponse = await callText(fetching, { ...call, maxBytes }, signal);
    left -= Buffer.byteLength(answer.body);
    const body = parseJson(answer.body);
    const page: Page = { body, headers: answer.headers, records: records(body) };
    yield page.records;
    seen += page.records.length;
    if (fetching.preview && seen >= PREVIEWED) return;
    const following: Omit<Call, 'maxBytes'> | undefined = next(page, call);
    if (following && sameCall(following, call))
      throw new SourceRefused('It names the same page as the next one again.');
    call = following;
  }
}

const sameCall = (a: Omit<Call, 'maxBytes'>, b: Omit<Call, 'maxBytes'>): boolean =>
  a.url === b.url && a.body === b.body;

/** Whole numbers that a double cannot hold, such as long ids, stay texts. */
function parseJson(text: string): unknown {
  try {
    if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown;
    return JSON.parse(text, keepLong as Parameters<typeof JSON.parse>[1]) as unknown;
  } catch (error) {
    const start = text.trimStart().slice(0, 1);
    const message = start === '<' ? 'It answered HTML, not JSON.' : 'It answered what is not JSON.';
    throw new SourceRefused(message, { cause: error });
  }
}

const keepLong = (_name: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)
    ? source
    : value;

/** The list at a path of an answer, as records; the answer itself when the path is empty. */
export function recordsAt(body: unknown, path: string): readonly SourceRecord[] {
  const list = path === '' ? body : valueAt(body, path);
  if (!Array.isArray(list))
    throw new SourceRefused(
      path === ''
        ? `It did not answer a list. Say at which member its records are${hint(body)}.`
        : `There is no list at ${path} of its answer${hint(body)}.`,
    );
  return list.map((item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? (item as SourceRecord)
      : { value: item },
  );
}

function hint(body: unknown): string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return '';
  const names = Object.keys(body).slice(0, 8);
  return names.length === 0 ? '' : `; it has ${names.map((name) => name.slice(0, 40)).join(', ')}`;
}
