import { createHash } from 'node:crypto';
import { invalid } from '../errors.ts';

/** What binds a token to the list it continues. */
function digest(list: string): string {
  return createHash('sha256').update(list).digest('base64url').slice(0, 12);
}

/** The token of the page that follows an item of a list. */
export function pageToken(list: string, last: string): string {
  return `${digest(list)}${Buffer.from(last).toString('base64url')}`;
}

/** The item that a token was made after; undefined for the first page. Throws on a token of another list. */
export function readPageToken(list: string, token: string | null | undefined): string | undefined {
  if (!token) return undefined;
  const expected = digest(list);
  const rest = token.slice(expected.length);
  const last = Buffer.from(rest, 'base64url');
  if (!token.startsWith(expected) || rest === '' || last.toString('base64url') !== rest) {
    throw invalid('pageToken is not a token of this list.');
  }
  return last.toString();
}
