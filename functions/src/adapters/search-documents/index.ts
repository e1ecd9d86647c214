import { createHash } from 'node:crypto';
import { searchWords } from '../../kernel/lists/search-words.ts';
import type { DocumentStore, DocumentWrite, StoredDocument } from '../../kernel/ports/documents.ts';
import type { Search } from '../../kernel/ports/search.ts';

/** Characters of a word that the index can look up; the rest is checked on the entries found. */
const MAX_PREFIX = 12;
/** Distinct words of one entry that are indexed, so that a long note stays far below the size of a document. */
const MAX_WORDS = 400;
/** Entries one search looks at, the oldest first, when a short word is everywhere. */
const SCAN = 2_000;
const WRITES = 400;

/**
 * A text index in the document store itself: every entry lists the prefixes of its words, and one `array-contains`
 * on the longest word of a query finds the candidates. Needs no index beyond the automatic single-field ones.
 */
export function createDocumentSearch(options: { documents: DocumentStore }): Search {
  const { documents } = options;
  const positionPath = (tenantId: string): string => `tenants/${tenantId}/search-positions/changes`;
  return {
    find: async ({ tenantId, collection }, query, limit) => {
      const words = searchWords(query);
      const longest = words.reduce((best, word) => (word.length > best.length ? word : best), '');
      if (longest === '') return [];
      const found = await documents.query({
        collection: `tenants/${tenantId}/search`,
        where: [['prefixes', 'array-contains', `${collection}|${longest.slice(0, MAX_PREFIX)}`]],
        limit: SCAN,
      });
      return rank(found, words).slice(0, limit);
    },
    position: async (tenantId) => {
      const stored = await documents.get(positionPath(tenantId));
      return stored && String(stored.data.position);
    },
    apply: async (tenantId, entries, position) => {
      const writes = entries.map((entry) => write(tenantId, entry));
      // All but the last commit may be repeated after a crash: entries are whole, so writing them again is harmless.
      for (let at = WRITES; at < writes.length; at += WRITES)
        await documents.commit(writes.slice(at, at + WRITES));
      await documents.commit([
        ...writes.slice(0, WRITES),
        { kind: 'set', path: positionPath(tenantId), data: { position } },
      ]);
    },
  };
}

function write(
  tenantId: string,
  { collection, id, text }: { collection: string; id: string; text: string | null },
): DocumentWrite {
  const name = createHash('sha256').update(`${collection}|${id}`).digest('hex').slice(0, 32);
  const path = `tenants/${tenantId}/search/${name}`;
  const words = text === null ? [] : searchWords(text).slice(0, MAX_WORDS);
  if (words.length === 0) return { kind: 'delete', path };
  const prefixes = new Set<string>();
  for (const word of words)
    for (let length = 1; length <= Math.min(word.length, MAX_PREFIX); length++)
      prefixes.add(`${collection}|${word.slice(0, length)}`);
  return { kind: 'set', path, data: { id, words: words.join(' '), prefixes: [...prefixes] } };
}

/** Entries that hold every word as a prefix: those with more whole words first, then the shorter ones. */
function rank(found: readonly StoredDocument[], words: readonly string[]): string[] {
  return found
    .flatMap(({ data }) => {
      const own = String(data.words).split(' ');
      if (!words.every((word) => own.some((each) => each.startsWith(word)))) return [];
      return [
        { id: String(data.id), whole: words.filter((word) => own.includes(word)).length, length: own.length },
      ];
    })
    .sort((a, b) => b.whole - a.whole || a.length - b.length || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}
