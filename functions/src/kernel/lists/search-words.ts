/** Words of an index beyond this length are cut: nobody types more. */
const MAX_WORD = 40;

/**
 * The words of a text as they are searched: compatible forms made one, without accents and case, split at whatever
 * is neither letter nor digit. `Café "Zoë-42"` is cafe, zoe, 42. Each word once, in order.
 */
export function searchWords(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => word.slice(0, MAX_WORD)))];
}
