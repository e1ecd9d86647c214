import { z } from 'zod';
import type { HttpStream } from '../../../kernel/ports/http.ts';
import { defineSourceKind, SourceRefused } from './kind.ts';
import { fetchFile } from './url.ts';

const NOT_PUBLIC =
  'The sheet is not public. Share it with "anyone with the link", or publish it to the web, and try again.';

/** A sheet of a Google spreadsheet, by the link one shares; it has to be open to anyone with the link. */
export const googleSheet = defineSourceKind({
  config: z.strictObject({
    kind: z.literal('google-sheet'),
    url: z
      .url({ protocol: /^https$/, hostname: /^docs\.google\.com$/ })
      .max(2_000)
      .refine((url) => exportUrl(url) !== undefined, 'Use the link that Google Sheets shares.'),
  }),
  secrets: [],
  audience: () => '',
  fetch: async (fetching, { url }, cursor, signal) => {
    const address = exportUrl(url);
    if (!address) throw new SourceRefused('This is no link of Google Sheets.');
    const expect = ({ headers, body }: HttpStream): void => {
      if (!/text\/html/i.test(headers['content-type'] ?? '')) return;
      // What answers instead of a sheet that is not public is a page to sign in.
      body.destroy();
      throw new SourceRefused(NOT_PUBLIC);
    };
    const asNotPublic = (error: unknown): never => {
      const closed = error instanceof SourceRefused && /answered (?:401|403|404|410)/.test(error.message);
      throw closed ? new SourceRefused(NOT_PUBLIC, { cause: error }) : error;
    };
    return fetchFile(fetching, { url: address, format: 'csv', expect }, cursor, signal).catch(asNotPublic);
  },
});

/** Where a shared sheet is had as CSV; undefined for another link. */
export function exportUrl(link: string): string | undefined {
  const { origin, pathname, searchParams, hash } = new URL(link);
  const gid = /gid=(\d+)/.exec(hash)?.[1] ?? searchParams.get('gid') ?? '0';
  const [, published, id] = /^\/spreadsheets\/(?:u\/\d+\/)?d\/(e\/)?([\w-]{10,})/.exec(pathname) ?? [];
  if (id === undefined || !/^\d+$/.test(gid)) return undefined;
  return published
    ? `${origin}/spreadsheets/d/e/${id}/pub?output=csv&single=true&gid=${gid}`
    : `${origin}/spreadsheets/d/${id}/export?format=csv&gid=${gid}`;
}
